using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.ServiceAccounts;

/// <summary>A rule as people name it.</summary>
internal static class RuleReference
{
    public const string Type = "serviceaccount-rule";

    public const string Path = "/api/serviceaccounts/rules";

    public static readonly string[] Aliases = ["serviceaccount-rules", "sa-rule", "sa-rules"];

    /// <exception cref="CliFailure">There is none.</exception>
    public static async Task<string> IdOf(Call call, string name)
    {
        var found = (await call.Api.Get(Path, call.Stop)).List.FirstOrDefault(rule => rule.Text("name") == name || rule.Text("id") == name);
        return found.ValueKind == JsonValueKind.Object ? found.Text("id")! : throw ResourceList.Missing(Type, name);
    }
}
