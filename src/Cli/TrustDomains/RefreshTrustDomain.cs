using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.TrustDomains;

/// <summary><c>hoop admin refresh trust-domain NAME</c>: POST /api/trust-domains/{id}/refresh. 1 when it went wrong.</summary>
internal static class RefreshTrustDomain
{
    public static Command Command()
    {
        var name = ResourceList.Name("trust domain", "NAME", "Name or id of the trust domain");
        return new Verb("trust-domain", "Fetch the bundle of a trust domain now, on every gateway", "trust-domains", "trustdomain")
        {
            name,
        }.With("""
            hoop admin refresh trust-domain example.com
            """).For("POST /api/trust-domains/{id:uuid}/refresh").Does(async call =>
        {
            var domain = call.Value(name)!;
            var id = await TrustDomainReference.IdOf(call, domain);
            var answer = await call.Api.Do(hoop => hoop.TrustDomains.Refresh(id, call.Stop));
            var bundle = answer.Object.Member("bundle") ?? default;
            var problem = bundle.Text("last_error")
                ?? (bundle.Text("state") == "disabled" ? "SPIFFE authentication is off on this gateway (HOOP_SPIFFE_MODE)" : null);
            if (call.Json)
            {
                call.Raw(answer.Text);
            }
            else if (problem is null)
            {
                call.Line($"trust-domain \"{domain}\" refreshed: {bundle.Text("keys")} keys, {bundle.Text("state")}");
            }
            else
            {
                throw new CliFailure($"the bundle of trust-domain \"{domain}\" cannot be fetched, and is {bundle.Text("state")}: {problem}");
            }

            return problem is null ? 0 : 1;
        });
    }
}
