using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.SpiffeMappings;

/// <summary><c>hoop admin delete spiffe-mapping ID</c>: DELETE /api/spiffe-mappings/{id}.</summary>
internal static class DeleteSpiffeMapping
{
    public static Command Command()
    {
        var id = ResourceList.Name("mapping id", "ID", "Id of the mapping");
        return new Verb("spiffe-mapping", "Delete a mapping; agents that came in through it are cut off", "spiffe-mappings", "spiffemapping", "spiffemappings") { id }
            .Does(call => call.Delete("/api/spiffe-mappings", "spiffe-mapping", call.Value(id)!));
    }
}
