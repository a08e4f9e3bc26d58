using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Issuers;

/// <summary><c>hoop admin get issuers [URL]</c>: GET /api/issuers.</summary>
internal static class GetIssuers
{
    public static Command Command()
    {
        var name = ResourceList.OptionalName("URL or id of one issuer");
        return new Verb("issuers", "Identity providers whose access tokens are taken, and how their keys stand", "issuer") { name }.With("""
            hoop admin get issuers
            hoop admin get issuer https://login.example.com/realms/main -o json
            """).Showing(Formats.All).For("GET /api/issuers", "GET /api/issuers/{id:uuid}")
            .Does(async call =>
                await call.Show(Listing, call.Value(name) is { } wanted ? (await IssuerReference.Find(call, wanted)).Text("id") : null));
    }

    private static readonly Listing Listing = Listing.Of(
        IssuerReference.Type, (hoop, query) => hoop.Issuers.List(query.PageSize), Of)
        .With((hoop, id, stop) => hoop.Issuers.Get(Bodies.Id(id), stop)) with
    {
        Key = "issuer",
    };

    private static Table Of(IReadOnlyList<JsonElement> issuers)
    {
        var table = new Table("ISSUER", "PRESET", "AUDIENCES", "SOURCE", "KEYS", "STATE");
        foreach (var issuer in issuers)
        {
            var keys = issuer.Member("keys") ?? default;
            table.Add(
                issuer.Text("issuer"),
                issuer.Text("preset"),
                string.Join(", ", issuer.Texts("audiences")),
                issuer.Text("source"),
                keys.Text("count"),
                keys.Text("state"));
        }

        return table;
    }
}
