using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Apply;

/// <summary>Trust domains, agents and the mappings between them.</summary>
internal static class SpiffeKinds
{
    private const string Configured = "the gateway's configuration";
    private const int PageSize = ManifestKinds.PageSize;

    public static readonly ManifestKind TrustDomain = new("trust-domain")
    {
        Aliases = ["trustdomain"],
        Members = ["name", "bundle_url", "bundle_file", "bundle_jwks", "refresh_seconds"],
        Required = ["name"],
        Exclusive = [["bundle_url", "bundle_file", "bundle_jwks"]],
        NameOf = body => body.Text("name"),
        Load = async (call, _) =>
        [
            .. (await ManifestKinds.Rows(call, hoop => hoop.TrustDomains.List(PageSize))).Select(row => new Existing(
                row.Text("name")!,
                ManifestKinds.Taken(row, TrustDomain!.Members),
                row.Text("id")!,
                row.Text("source") == "configuration" ? Configured : null)),
        ],
        Write = (call, write) => write.There is { } there
            ? call.Api.Do(hoop => hoop.TrustDomains.Update(
                Bodies.Id(there.Id), write.Body.As(HoopJson.Default.UpdateTrustDomainRequest), call.Stop))
            : call.Api.Do(hoop => hoop.TrustDomains.Create(write.Body.As(HoopJson.Default.CreateTrustDomainRequest), call.Stop)),
        Delete = (call, there) => call.Api.Do(hoop => hoop.TrustDomains.Delete(Bodies.Id(there.Id), call.Stop)),
    };

    public static readonly ManifestKind Agent = new("agent")
    {
        Members = ["name", "mode"],
        Required = ["name"],
        Fixed = ["mode"],
        NameOf = body => body.Text("name"),
        Load = async (call, _) =>
        [
            .. (await ManifestKinds.Rows(call, hoop => hoop.Agents.List(pageSize: PageSize))).Select(row => new Existing(
                row.Text("name")!, ManifestKinds.Taken(row, Agent!.Members), row.Text("id")!)),
        ],
        Write = async (call, write) =>
        {
            // A key in the output of a pipeline would be a key in its log.
            await call.Api.Do(hoop => hoop.Agents.Create(write.Body.As(HoopJson.Default.CreateAgentRequest), call.Stop));
            call.Note($"the key of agent \"{write.Manifest.Name}\" is not shown here; an agent without SPIFFE gets one by: hoop admin rotate-key agent {write.Manifest.Name}");
        },
        Delete = (call, there) => call.Api.Do(hoop => hoop.Agents.Delete(there.Id, cascade: null, call.Stop)),
    };

    public static readonly ManifestKind Mapping = new("spiffe-mapping")
    {
        Aliases = ["spiffemapping", "mapping"],
        Members = ["trust_domain", "spiffe_id", "spiffe_prefix", "agent", "agent_id", "agent_template", "groups"],
        Required = ["trust_domain"],
        Exclusive = [["agent", "agent_id", "agent_template"]],
        NameOf = NameOfMapping,
        Check = manifest =>
        {
            if ((manifest.Body["spiffe_id"] is null) == (manifest.Body["spiffe_prefix"] is null))
            {
                throw manifest.Problem("exactly one of spiffe_id and spiffe_prefix must be set");
            }
        },
        Load = async (call, _) =>
            [.. (await ManifestKinds.Rows(call, hoop => hoop.Mappings.List(pageSize: PageSize))).Select(ExistingMapping)],
        Write = async (call, write) =>
        {
            var body = write.Body.Without("agent");
            if (write.Body.Text("agent") is { Length: > 0 } agent)
            {
                body["agent_id"] = await AgentReference.IdOf(call, agent);
            }

            var answer = write.There is { } there
                ? await call.Api.Do(hoop => hoop.Mappings.Update(
                    Bodies.Id(there.Id), body.As(HoopJson.Default.UpdateMappingRequest), call.Stop))
                : await call.Api.Do(hoop => hoop.Mappings.Create(body.As(HoopJson.Default.CreateMappingRequest), call.Stop));
            call.Warnings(answer.Object);
        },
        Delete = (call, there) => call.Api.Do(hoop => hoop.Mappings.Delete(Bodies.Id(there.Id), call.Stop)),
    };

    // A prefix and the identity that reads the same are two mappings.
    private static string NameOfMapping(JsonObject body) =>
        body["spiffe_id"] is not null ? body.Text("spiffe_id") : body.Text("spiffe_prefix") + "*";

    private static Existing ExistingMapping(JsonElement row)
    {
        var body = ManifestKinds.Taken(row, ["trust_domain", "spiffe_id", "spiffe_prefix", "agent_template", "groups"]);
        if (row.Text("agent_id") is { } id)
        {
            body[row.Text("agent_name") is null ? "agent_id" : "agent"] = row.Text("agent_name") ?? id;
        }

        return new Existing(NameOfMapping(body), body, row.Text("id")!);
    }
}
