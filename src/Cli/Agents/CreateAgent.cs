using System.CommandLine;
using System.Net;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Agents;

/// <summary><c>hoop admin create agent NAME</c>: POST /api/agents. Standard output is the key alone, for <c>HOOP_KEY=$(…)</c>.</summary>
internal static class CreateAgent
{
    public static Command Command()
    {
        var name = ResourceList.Name("agent name", description: "Name of the agent");
        var mode = new Option<string>("--mode")
        {
            Description = "standard or embedded",
            HelpName = "MODE",
            DefaultValueFactory = _ => "standard",
        };

        return new Verb("agent", "Create an agent and show its key, once", "agents") { name, mode }.With("""
            HOOP_KEY=$(hoop admin create agent web) hoop start agent
            """).For("POST /api/agents").Does(async call =>
        {
            var body = new CreateAgentRequest(call.Value(name), call.Value(mode));
            var answer = await call.Api.Try(hoop => hoop.Agents.Create(body, call.Stop));
            if (answer.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure(
                    $"agent \"{call.Value(name)}\" exists already ({(int)answer.Status}); give it a new key with: "
                        + $"hoop admin rotate-key agent/{call.Value(name)}");
            }

            ShownKey.Of(call, answer.OrFail(), $"agent \"{call.Value(name)}\" created");
        });
    }
}

/// <summary>A key as the gateway answers it.</summary>
internal static class ShownKey
{
    public static void Of(Call call, Answer answer, string done)
    {
        if (call.Json)
        {
            call.Raw(answer.Text);
            return;
        }

        call.Line(answer.Object.Text("token") ?? throw new CliFailure("the gateway answered no key"));
        call.Note($"{done}; its key is shown this once. Start it with HOOP_KEY set to the key: hoop start agent");
    }
}
