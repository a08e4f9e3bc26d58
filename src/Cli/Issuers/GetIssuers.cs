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
            """).Does(async call =>
        {
            var id = call.Value(name) is { } wanted ? (await IssuerReference.Find(call, wanted)).Text("id") : null;
            await call.Show(IssuerReference.Path, IssuerReference.Type, id, issuers => Task.FromResult(Of(issuers)));
        });
    }

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
