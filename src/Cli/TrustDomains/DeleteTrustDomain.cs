using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.TrustDomains;

/// <summary><c>hoop admin delete trust-domain NAME</c>: DELETE /api/trust-domains/{id}.</summary>
internal static class DeleteTrustDomain
{
    public static Command Command()
    {
        var name = ResourceList.Name("trust domain", "NAME", "Name or id of the trust domain");
        return new Verb("trust-domain", "Stop trusting a domain; its agents are cut off", "trust-domains", "trustdomain", "trustdomains")
        {
            name,
        }.With("""
            hoop admin delete trust-domain example.com
            """).Showing(Formats.Named).For("DELETE /api/trust-domains/{id:uuid}").Does(async call =>
        {
            var domain = call.Value(name)!;
            var id = await TrustDomainReference.IdOf(call, domain);
            var answer = await call.Api.Do(hoop => hoop.TrustDomains.Delete(id, call.Stop));
            call.Done(answer, "trust-domain", domain, "deleted");
        });
    }
}
