using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.ServiceAccounts;

/// <summary>A rule as people name it.</summary>
internal static class RuleReference
{
    public const string Type = "serviceaccount-rule";

    public static readonly string[] Aliases = ["serviceaccount-rules", "sa-rule", "sa-rules"];

    /// <exception cref="CliFailure">There is none.</exception>
    public static async Task<Guid> IdOf(Call call, string name)
    {
        var found = (await call.Api.Rows(hoop => hoop.Rules.List(pageSize: null), call.Stop))
            .FirstOrDefault(rule => rule.Text("name") == name || rule.Text("id") == name);
        return found.ValueKind == JsonValueKind.Object ? Bodies.Id(found.Text("id")!) : throw ResourceList.Missing(Type, name);
    }
}
