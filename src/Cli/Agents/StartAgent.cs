using System.CommandLine;
using Hoop.Cli.Agent;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Agents;

/// <summary><c>hoop start agent</c>: runs until it is told to stop. Its settings are variables of the environment.</summary>
internal static class StartAgent
{
    public static Command Command()
    {
        var allow = new Option<string[]>("--allow-command") { Description = "Run only this command, by name or path; repeatable", HelpName = "COMMAND", Arity = ArgumentArity.OneOrMore };
        var insecure = new Option<bool>("--insecure") { Description = "Allow plain http to another machine" };

        return new Verb("agent", "Run an agent: HOOP_KEY, or HOOP_SPIFFE_KEY_FILE with a JWT-SVID; HOOP_APIURL is the gateway") { allow, insecure }.With("""
            HOOP_KEY=$KEY hoop start agent
            HOOP_SPIFFE_KEY_FILE=/run/spiffe/agent.jwt HOOP_APIURL=https://hoop.example.com hoop start agent --allow-command bq
            """).Does(call => AgentRunner.RunFromEnvironment(call.Value(allow) ?? [], call.Value(insecure), call.StandardError, call.Stop));
    }
}
