using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Agents;

/// <summary><c>hoop admin rotate-key agent/NAME</c>: POST /api/agents/{nameOrId}/rotate-key. The old key ends at once.</summary>
internal static class RotateAgentKey
{
    public static Command Command()
    {
        var name = ResourceList.Name("agent name", description: "Name or id of the agent");
        return new Verb("agent", "Give an agent a new key and show it, once; the old one ends", "agents") { name }.With("""
            hoop admin rotate-key agent/web
            """).For("POST /api/agents/{nameOrId}/rotate-key").Does(async call =>
        {
            var agent = call.Value(name)!;
            var answer = await call.Api.Do(hoop => hoop.Agents.RotateKey(Api.Name(agent), call.Stop));
            ShownKey.Of(call, answer, $"agent \"{agent}\" has a new key");
        });
    }
}
