using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.SpiffeMappings;

/// <summary><c>hoop admin get spiffe-mappings [ID]</c>: GET /api/spiffe-mappings. A prefix ends with <c>*</c>.</summary>
internal static class GetSpiffeMappings
{
    public static Command Command()
    {
        var id = ResourceList.OptionalName("Id of one mapping");
        return new Verb("spiffe-mappings", "Which agent each SPIFFE identity is", "spiffe-mapping", "spiffemappings", "spiffemapping")
        {
            id,
        }.With("""
            hoop admin get spiffe-mappings
            hoop admin get spiffe-mappings -q trust_domain=example.com -q group=agents
            """)
            .Showing(Formats.All).For("GET /api/spiffe-mappings", "GET /api/spiffe-mappings/{id:uuid}")
            .Does(call => call.Show(Listing, call.Value(id) is { } text ? MappingId.Of(text) : null));
    }

    private static readonly Listing Listing = Listing.Of(
        "spiffe-mapping",
        (hoop, query) => hoop.Mappings.List(
            query["trust_domain"], query["spiffe_id"], query["spiffe_prefix"], query.Id("agent_id"), query["group"], query.PageSize),
        Of)
        .With((hoop, id, stop) => hoop.Mappings.Get(Bodies.Id(id), stop)) with
    {
        Key = "id",
        Filters = ["trust_domain", "spiffe_id", "spiffe_prefix", "agent_id", "group"],
    };

    private static Table Of(IReadOnlyList<JsonElement> mappings)
    {
        var table = new Table("ID", "TRUST_DOMAIN", "MATCH", "RESOLVES_TO", "GROUPS");
        foreach (var mapping in mappings)
        {
            var match = mapping.Text("spiffe_id") ?? mapping.Text("spiffe_prefix") + "*";
            var target = (mapping.Text("agent_name"), mapping.Text("agent_id")) switch
            {
                ({ } agent, { } agentId) => $"{agent} ({agentId})",
                (_, { } agentId) => agentId,
                _ => mapping.Text("agent_template"),
            };
            table.Add(mapping.Text("id"), mapping.Text("trust_domain"), match, target, string.Join(", ", mapping.Texts("groups")));
        }

        return table;
    }
}

/// <summary>A mapping is named by its id alone.</summary>
internal static class MappingId
{
    /// <exception cref="CliFailure">It is not an id.</exception>
    public static string Of(string text) => Guid.TryParseExact(text, "D", out _)
        ? text
        : throw new CliFailure(
            $"\"{text}\" is not the id of a mapping, which looks like 018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f; see hoop admin get "
                + "spiffe-mappings");
}
