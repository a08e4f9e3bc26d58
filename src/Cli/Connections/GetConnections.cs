using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Connections;

/// <summary>
/// <c>hoop admin get connections [NAME]</c>: GET /api/connections, and GET /api/agents for their names. Shows names of secrets, never
/// values.
/// </summary>
internal static class GetConnections
{
    public static Command Command()
    {
        var name = ResourceList.OptionalName("Name or id of one connection");
        return new Verb("connections", "Connections", "connection", "conn") { name }.With("""
            hoop admin get connections
            hoop admin get connection/my-bq -o json
            """)
            .Showing(Formats.All).For("GET /api/connections", "GET /api/connections/{nameOrId}")
            .Does(call => call.Show(
                Listing.Of("connection", (hoop, query) => hoop.Connections.List(query.PageSize), rows => Of(call, rows)) with
                {
                    One = async (hoop, one, withSecrets, stop) =>
                        (await hoop.Connections.Get(one, withSecrets ? null : "names", stop)).Raw,
                },
                call.Value(name)));
    }

    private static async Task<Table> Of(Call call, IReadOnlyList<JsonElement> connections)
    {
        var agents = connections.Count == 0 ? [] : await call.Api.Rows(hoop => hoop.Agents.List(pageSize: null), call.Stop);
        var names = agents.ToLookup(agent => agent.Text("id"), agent => agent.Text("name"), StringComparer.Ordinal);
        var table = new Table("NAME", "COMMAND", "TYPE", "AGENT", "STATUS", "SECRETS");
        foreach (var connection in connections)
        {
            var agent = connection.Text("agent_id");
            table.Add(
                connection.Text("name"),
                string.Join(' ', connection.Texts("command")),
                string.Join('/', new[] { connection.Text("type"), connection.Text("subtype") }.Where(part => !string.IsNullOrEmpty(part))),
                agent is null ? null : names[agent].FirstOrDefault() ?? agent,
                connection.Text("status"),
                string.Join(", ", connection.Members("secret").Select(secret => secret.Name)));
        }

        return table;
    }
}
