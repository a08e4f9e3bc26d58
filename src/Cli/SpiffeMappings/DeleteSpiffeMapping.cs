using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.SpiffeMappings;

/// <summary><c>hoop admin delete spiffe-mapping ID</c>: DELETE /api/spiffe-mappings/{id}.</summary>
internal static class DeleteSpiffeMapping
{
    public static Command Command()
    {
        var id = ResourceList.Name("mapping id", "ID", "Id of the mapping");
        const string Description = "Delete a mapping; agents that came in through it are cut off";
        return new Verb("spiffe-mapping", Description, "spiffe-mappings", "spiffemapping", "spiffemappings") { id }.With("""
            hoop admin delete spiffe-mapping 018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f
            """)
            .Showing(Formats.Named).For("DELETE /api/spiffe-mappings/{id:uuid}")
            .Does(call =>
            {
                var mapping = MappingId.Of(call.Value(id)!);
                return call.Delete(
                    "spiffe-mapping",
                    mapping,
                    hoop => hoop.Mappings.Get(Bodies.Id(mapping), call.Stop),
                    hoop => hoop.Mappings.Delete(Bodies.Id(mapping), call.Stop));
            });
    }
}
