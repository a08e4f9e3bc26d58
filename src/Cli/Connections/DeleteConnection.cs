using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Connections;

/// <summary><c>hoop admin delete connection NAME</c>: DELETE /api/connections/{nameOrId}.</summary>
internal static class DeleteConnection
{
    public static Command Command()
    {
        var name = ResourceList.Name("connection name", description: "Name or id of the connection");
        return new Verb("connection", "Delete a connection, its secrets and its federation", "connections", "conn") { name }.With("""
            hoop admin delete connection my-bq
            """)
            .Showing(Formats.Named).For("DELETE /api/connections/{nameOrId}")
            .Does(call =>
            {
                var connection = Api.Name(call.Value(name)!);
                return call.Delete(
                    "connection",
                    connection,
                    hoop => hoop.Connections.Get(connection, "names", call.Stop),
                    hoop => hoop.Connections.Delete(connection, call.Stop));
            });
    }
}
