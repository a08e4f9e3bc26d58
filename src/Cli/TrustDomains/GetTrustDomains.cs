using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.TrustDomains;

/// <summary><c>hoop admin get trust-domains [NAME]</c>: GET /api/trust-domains.</summary>
internal static class GetTrustDomains
{
    public static Command Command()
    {
        var name = ResourceList.OptionalName("Name or id of one trust domain");
        const string Description = "Trusted SPIFFE trust domains, and how their bundles stand";
        return new Verb("trust-domains", Description, "trust-domain", "trustdomains", "trustdomain")
        {
            name,
        }.With("""
            hoop admin get trust-domains
            hoop admin get trust-domain example.com -o json
            """).Showing(Formats.All).For("GET /api/trust-domains", "GET /api/trust-domains/{id:uuid}")
            .Does(async call =>
                await call.Show(Listing, call.Value(name) is { } wanted ? $"{await TrustDomainReference.IdOf(call, wanted)}" : null));
    }

    private static readonly Listing Listing = Listing.Of("trust-domain", (hoop, query) => hoop.TrustDomains.List(query.PageSize), Of)
        .With((hoop, id, stop) => hoop.TrustDomains.Get(Bodies.Id(id), stop));

    private static Table Of(IReadOnlyList<JsonElement> domains)
    {
        var table = new Table("ID", "NAME", "BUNDLE", "SOURCE", "KEYS", "STATE");
        foreach (var domain in domains)
        {
            var bundle = domain.Member("bundle") ?? default;
            table.Add(
                domain.Text("id"),
                domain.Text("name"),
                domain.Text("bundle_url") ?? domain.Text("bundle_file") ?? "inline",
                domain.Text("source"),
                bundle.Text("keys"),
                bundle.Text("state"));
        }

        return table;
    }
}

/// <summary>A trust domain as people name it.</summary>
internal static class TrustDomainReference
{
    /// <summary>The id; a name is looked up.</summary>
    public static async Task<Guid> IdOf(Call call, string idOrName)
    {
        if (Guid.TryParseExact(idOrName, "D", out var given))
        {
            return given;
        }

        var domains = await call.Api.Rows(hoop => hoop.TrustDomains.List(pageSize: null), call.Stop);
        return Bodies.Id(domains.FirstOrDefault(domain => domain.Text("name") == idOrName).Text("id")
            ?? throw ResourceList.Missing("trust-domain", idOrName));
    }
}
