using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.SpiffeMappings;

/// <summary>
/// <c>hoop admin create spiffe-mapping</c>: POST /api/spiffe-mappings; with <c>--overwrite</c> PUT to the mapping of the same identity or
/// prefix.
/// </summary>
internal static class CreateSpiffeMapping
{
    public static Command Command()
    {
        var trustDomain = new Option<string?>("--trust-domain")
        {
            Description = "Trust domain of the identity or prefix",
            HelpName = "NAME",
        };
        var spiffeId = new Option<string?>("--spiffe-id") { Description = "Match this SPIFFE ID alone", HelpName = "ID" };
        var spiffePrefix = new Option<string?>("--spiffe-prefix")
        {
            Description = "Match every SPIFFE ID that begins with it; the longest prefix wins",
            HelpName = "PREFIX",
        };
        var agentId = new Option<string?>("--agent-id") { Description = "The agent it leads to, by id or name", HelpName = "AGENT" };
        var agentTemplate = new Option<string?>("--agent-template")
        {
            Description = "Go text/template that renders to the agent's name",
            HelpName = "TEMPLATE",
        };
        var groups = new Option<string[]>("--groups")
        {
            Description = "Groups of the agent's session, separated by commas; repeatable",
            HelpName = "a,b",
            Arity = ArgumentArity.OneOrMore,
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the mapping of the same SPIFFE ID or prefix" };

        return new Verb("spiffe-mapping", "Say which agent a SPIFFE identity is", "spiffe-mappings", "spiffemapping")
        {
            trustDomain, spiffeId, spiffePrefix, agentId, agentTemplate, groups, overwrite,
        }.With("""
            hoop admin create spiffe-mapping --trust-domain example.com --spiffe-id spiffe://example.com/agent/web \
              --agent-id web --groups agents
            hoop admin create spiffe-mapping --trust-domain example.com --spiffe-prefix spiffe://example.com/agent/ \
              --agent-template '{{.WorkloadIdentifier}}'
            """).For("POST /api/spiffe-mappings", "PUT /api/spiffe-mappings/{id:uuid}").Does(async call =>
        {
            var (domain, id, prefix) = (call.Value(trustDomain), call.Value(spiffeId), call.Value(spiffePrefix));
            var (agent, template) = (call.Value(agentId), call.Value(agentTemplate));
            if (string.IsNullOrEmpty(domain))
            {
                throw new CliFailure("--trust-domain is required");
            }

            if (string.IsNullOrEmpty(id) == string.IsNullOrEmpty(prefix))
            {
                throw new CliFailure("exactly one of --spiffe-id and --spiffe-prefix must be set");
            }

            if (string.IsNullOrEmpty(agent) == string.IsNullOrEmpty(template))
            {
                throw new CliFailure("exactly one of --agent-id and --agent-template must be set");
            }

            var body = new JsonObject { ["trust_domain"] = domain, ["groups"] = Groups.Of(call.Value(groups)) };
            var (match, text) = string.IsNullOrEmpty(id) ? ("spiffe_prefix", prefix!) : ("spiffe_id", id);
            body[match] = text;
            if (string.IsNullOrEmpty(agent))
            {
                body["agent_template"] = template;
            }
            else
            {
                body["agent_id"] = await AgentReference.IdOf(call, agent);
            }

            var existing = call.Value(overwrite) ? await Existing(call, domain, match, text) : null;
            var answer = existing is null
                ? await call.Api.Try(hoop => hoop.Mappings.Create(body.As(HoopJson.Default.CreateMappingRequest), call.Stop))
                : await call.Api.Try(hoop => hoop.Mappings.Update(
                    Bodies.Id(existing), body.As(HoopJson.Default.UpdateMappingRequest), call.Stop));
            if (answer.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure($"a spiffe-mapping of {text} exists already ({(int)answer.Status}); replace it with --overwrite");
            }

            var mapping = answer.OrFail().IsEmpty ? default : answer.Object;
            if (call.Json)
            {
                call.Done(answer, "spiffe-mapping", text, existing is null ? "created" : "updated");
            }
            else
            {
                call.Line($"spiffe mapping {(existing is null ? "created" : "updated")}");
                call.Labels(("ID", mapping.Text("id") ?? existing));
            }

            call.Warnings(mapping);
        });
    }

    private static async Task<string?> Existing(Call call, string trustDomain, string match, string text)
    {
        var isPrefix = match == "spiffe_prefix";
        var there = await call.Api.Rows(
            hoop => hoop.Mappings.List(trustDomain, isPrefix ? null : text, isPrefix ? text : null, pageSize: null), call.Stop);
        return there.FirstOrDefault(mapping => mapping.Text("trust_domain") == trustDomain
            && mapping.Text(match) == text) is { ValueKind: System.Text.Json.JsonValueKind.Object } found
            ? found.Text("id")
            : null;
    }
}
