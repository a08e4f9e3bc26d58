using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Audit;

/// <summary><c>hoop admin get audit</c>: GET /api/audit/logs, newest first, a page at a time.</summary>
internal static class GetAudit
{
    private static readonly Listing Listing = Listing.Of(
        "event",
        (hoop, query) => hoop.Audit.List(
            query["actor_alias"], query["actor_subject"], query["actor_kind"], query["resource_type"], query["resource_id"],
            query["action"], query["outcome"], query["correlation_id"], query["org_id"], query["created_after"], query["created_before"],
            query.PageSize),
        Of) with
    {
        Key = "id",
        Filters =
        [
            "actor_alias", "actor_subject", "actor_kind", "resource_type", "resource_id", "action", "outcome", "correlation_id", "org_id",
            "created_after", "created_before",
        ],
        Rows = answer => answer.Object.Member("data") is { ValueKind: JsonValueKind.Array } rows ? [.. rows.EnumerateArray()] : [],
        Next = answer => answer.Object.Text("next_cursor"),
        OnlyGrows = true,
    };

    public static Command Command() => new Verb("audit", "The audit trail: who did what, when and with which outcome, newest first").With("""
            hoop admin get audit -q resource_type=agent -q action=delete
            hoop admin get audit -q actor_subject=ci -q created_after=2026-11-01T00:00:00Z -q page_size=100
            hoop admin get audit --watch -q outcome=failure
            """).Showing(Formats.All).For("GET /api/audit/logs").Does(call => call.Show(Listing, name: null));

    private static Table Of(IReadOnlyList<JsonElement> events)
    {
        var table = new Table("TIME", "ACTOR", "KIND", "ACTION", "RESOURCE", "OUTCOME", "FAILURE");
        foreach (var one in events)
        {
            table.Add(
                one.Text("created_at"),
                one.Text("actor_name") is { Length: > 0 } name ? name : one.Text("actor_subject"),
                one.Text("actor_kind"),
                one.Text("action"),
                one.Text("resource_id") is { Length: > 0 } id ? $"{one.Text("resource_type")}/{id}" : one.Text("resource_type"),
                one.Text("outcome"),
                one.Text("failure"));
        }

        return table;
    }
}
