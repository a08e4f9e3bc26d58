using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Organizations;
using Hoop.Cli.Output;
using Hoop.Client;

namespace Hoop.Cli.TrustDomains;

/// <summary>Which organization holds which name of a trust domain: /api/trust-domain-names, for the operator.</summary>
internal static class TrustDomainNameCommands
{
    private const string Type = "trust-domain-name";

    private static readonly Listing Listing = Listing.Of(Type, (hoop, query) => hoop.TrustDomainNames.List(query.PageSize), Of);

    public static Command Get() => new Verb("trust-domain-names", "Names of trust domains and who holds them; for the operator", Type).With("""
            hoop admin get trust-domain-names
            """).Showing(Formats.All).For("GET /api/trust-domain-names").Does(call => call.Show(Listing, name: null));

    public static Command Update()
    {
        var name = ResourceList.Name("name", description: "The trust domain's name");
        var org = new Option<string>("--org") { Description = "Whose it becomes: name or id of an organization", HelpName = "ORG", Required = true };
        return new Verb(Type, "Give the name of a trust domain to an organization; for the operator", "trust-domain-names") { name, org }.With("""
            hoop admin update trust-domain-name example.com --org acme
            """).Showing(Formats.Named).For("PUT /api/trust-domain-names/{name}").Does(async call =>
        {
            var body = new SetTrustDomainNameRequest($"{await OrganizationReference.IdOf(call, call.Value(org)!)}");
            var answer = await call.Api.Do(hoop => hoop.TrustDomainNames.Set(Api.Name(call.Value(name)!), body, call.Stop));
            call.Done(answer, Type, call.Value(name)!, $"given to {call.Value(org)}");
        });
    }

    public static Command Delete()
    {
        var name = ResourceList.Name("name", description: "The trust domain's name");
        return new Verb(Type, "Free a name that no trust domain uses; for the operator", "trust-domain-names") { name }.With("""
            hoop admin delete trust-domain-name example.com
            """).Showing(Formats.Named).For("DELETE /api/trust-domain-names/{name}").Does(async call =>
            call.Done(
                await call.Api.Do(hoop => hoop.TrustDomainNames.Delete(Api.Name(call.Value(name)!), call.Stop)),
                Type,
                call.Value(name)!,
                "freed"));
    }

    private static Table Of(IReadOnlyList<JsonElement> names)
    {
        var table = new Table("NAME", "ORG_ID", "GIVEN_BY", "GIVEN_AT", "IN_USE");
        foreach (var one in names)
        {
            table.Add(one.Text("name"), one.Text("org_id"), one.Text("given_by"), one.Text("given_at"), one.Text("in_use"));
        }

        return table;
    }
}
