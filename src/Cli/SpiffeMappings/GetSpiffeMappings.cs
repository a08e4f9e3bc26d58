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
        return new Verb("spiffe-mappings", "Which agent each SPIFFE identity is", "spiffe-mapping", "spiffemappings", "spiffemapping") { id }
            .Does(call => call.Show("/api/spiffe-mappings", call.Value(id), mappings => Task.FromResult(Of(mappings))));
    }

    private static Table Of(IReadOnlyList<JsonElement> mappings)
    {
        var table = new Table("ID", "TRUST_DOMAIN", "MATCH", "RESOLVES_TO", "GROUPS");
        foreach (var mapping in mappings)
        {
            var match = mapping.Text("spiffe_id") ?? mapping.Text("spiffe_prefix") + "*";
            table.Add(mapping.Text("id"), mapping.Text("trust_domain"), match, mapping.Text("agent_id") ?? mapping.Text("agent_template"), string.Join(", ", mapping.Texts("groups")));
        }

        return table;
    }
}
