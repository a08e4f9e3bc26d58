using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.ServiceAccounts;

/// <summary><c>hoop admin get serviceaccount-rules [NAME]</c>: GET /api/serviceaccounts/rules.</summary>
internal static class GetRules
{
    public static Command Command()
    {
        var name = ResourceList.OptionalName("Name or id of one rule");
        const string Description = "Rules that give accounts to tokens by their claims";
        return new Verb("serviceaccount-rules", Description, RuleReference.Type, "sa-rules", "sa-rule")
        {
            name,
        }.With("""
            hoop admin get sa-rules
            hoop admin get sa-rule deploy -o json
            """).Showing(Formats.All).For("GET /api/serviceaccounts/rules", "GET /api/serviceaccounts/rules/{id:uuid}")
            .Does(async call =>
                await call.Show(Listing, call.Value(name) is { } wanted ? $"{await RuleReference.IdOf(call, wanted)}" : null));
    }

    private static readonly Listing Listing = Listing.Of(RuleReference.Type, (hoop, query) => hoop.Rules.List(query.PageSize), Of)
        .With((hoop, id, stop) => hoop.Rules.Get(Bodies.Id(id), stop));

    private static Table Of(IReadOnlyList<JsonElement> rules)
    {
        var table = new Table("NAME", "ISSUER", "PRIORITY", "CONDITIONS", "ACCOUNT", "GROUPS");
        foreach (var rule in rules)
        {
            table.Add(
                rule.Text("name"),
                rule.Text("issuer"),
                rule.Text("priority"),
                string.Join(", ", (rule.Member("conditions")?.EnumerateArray() ?? default).Select(Shown)),
                rule.Text("account_name"),
                string.Join(", ", rule.Texts("groups")));
        }

        return table;
    }

    private static string Shown(JsonElement condition) => condition.Text("claim")
        + (condition.Text("equals") is { } text ? $"={text}"
            : condition.Text("glob") is { } glob ? $" like {glob}"
            : $"={string.Join('|', condition.Texts("one_of"))}");
}
