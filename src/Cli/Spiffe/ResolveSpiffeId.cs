using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Spiffe;

/// <summary>
/// <c>hoop admin spiffe resolve SPIFFE_ID|--token-file FILE</c>: POST /api/spiffe-mappings/resolve. Which agent the gateway would take it
/// for,
/// and why. Exit code 0 only when there is one.
/// </summary>
internal static class ResolveSpiffeId
{
    public static Command Command()
    {
        var spiffeId = new Argument<string?>("SPIFFE_ID") { Description = "Identity to look up", Arity = ArgumentArity.ZeroOrOne };
        var tokenFile = new Option<string?>("--token-file")
        {
            Description = "File with a JWT-SVID to verify and look up; - is standard input",
            HelpName = "FILE",
        };

        return new Verb("resolve", "Which agent a SPIFFE identity is, and why") { spiffeId, tokenFile }.With("""
            hoop admin spiffe resolve spiffe://example.com/agent/web
            hoop admin spiffe resolve --token-file /run/spiffe/agent.jwt
            """).For("POST /api/spiffe-mappings/resolve").Does(async call =>
        {
            var (id, file) = (call.Value(spiffeId), call.Value(tokenFile));
            if (id is null == file is null)
            {
                throw new CliFailure("give either a SPIFFE ID or --token-file");
            }

            var body = new ResolveMappingRequest(id, id is null ? InputFile.Token("--token-file", file!) : null);
            var answer = await call.Api.Do(hoop => hoop.Mappings.Resolve(body, call.Stop));
            var result = answer.Object;
            var refused = result.Member("refused");
            if (call.Json)
            {
                call.Raw(answer.Text);
            }
            else
            {
                var mapping = result.Member("mapping");
                call.Labels(
                    ("SPIFFE ID", result.Text("spiffe_id")),
                    ("Trust Domain", result.Text("trust_domain")),
                    ("Mapping", mapping?.Text("id")),
                    ("Match", mapping?.Text("spiffe_id") ?? (mapping?.Text("spiffe_prefix") is { } prefix ? prefix + "*" : null)),
                    ("Workload Identifier", result.Text("workload_identifier")),
                    ("Agent Name", result.Text("agent_name")),
                    ("Agent ID", result.Text("agent_id")),
                    ("Groups", string.Join(", ", result.Texts("groups"))),
                    ("Candidates", string.Join(", ", result.Texts("candidates"))),
                    ("Refused", refused is { } refusal ? $"{refusal.Text("reason")} ({refusal.Text("code")})" : "no"));
            }

            return refused is null && result.Text("agent_id") is not null ? 0 : 1;
        });
    }
}
