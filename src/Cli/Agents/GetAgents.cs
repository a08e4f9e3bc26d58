using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Agents;

/// <summary><c>hoop admin get agents [NAME]</c>: GET /api/agents.</summary>
internal static class GetAgents
{
    public static Command Command()
    {
        var name = ResourceList.OptionalName("Name or id of one agent");
        return new Verb("agents", "Agents, and whether they are connected", "agent") { name }.With("""
            hoop admin get agents
            hoop admin get agents -q status=online
            hoop admin get agent/web -o json
            """)
            .Showing(Formats.All).For("GET /api/agents", "GET /api/agents/{nameOrId}")
            .Does(call => call.Show(Listing, call.Value(name)));
    }

    private static readonly Listing Listing = Listing.Of(
        "agent", (hoop, query) => hoop.Agents.List(query["status"], query.PageSize), Of)
        .With((hoop, name, stop) => hoop.Agents.Get(name, stop)) with
    {
        Filters = ["status"],
    };

    private static Table Of(IReadOnlyList<JsonElement> agents)
    {
        var table = new Table("ID", "NAME", "MODE", "VERSION", "HOSTNAME", "PLATFORM", "STATUS", "IDENTITY");
        foreach (var agent in agents)
        {
            var status = agent.Text("status") switch { "CONNECTED" => "ONLINE", "DISCONNECTED" => "OFFLINE", var other => other };
            table.Add(
                agent.Text("id"),
                agent.Text("name"),
                agent.Text("mode"),
                agent.Text("version"),
                agent.Text("hostname"),
                agent.Text("platform"),
                status,
                agent.Text("identity"));
        }

        return table;
    }
}
