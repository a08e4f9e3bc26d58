using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Agents;

/// <summary><c>hoop admin delete agent NAME</c>: DELETE /api/agents/{nameOrId}.</summary>
internal static class DeleteAgent
{
    public static Command Command()
    {
        var name = ResourceList.Name("agent name", description: "Name or id of the agent");
        return new Verb("agent", "Delete an agent; its connection is closed", "agents") { name }
            .Does(call => call.Delete("/api/agents", "agent", call.Value(name)!));
    }
}
