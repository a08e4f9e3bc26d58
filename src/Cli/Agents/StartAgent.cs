using System.CommandLine;
using Hoop.Cli.Agent;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Agents;

/// <summary><c>hoop start agent</c>: runs until it is told to stop. Its settings are variables of the environment.</summary>
internal static class StartAgent
{
    public static Command Command()
    {
        var allow = new Option<string[]>("--allow-command")
        {
            Description = "Run only this command, by name or path; repeatable",
            HelpName = "COMMAND",
            Arity = ArgumentArity.OneOrMore,
        };
        var variables = new Option<string[]>("--allow-env")
        {
            Description = "Let only this variable of a request reach the program, a final * for all that begin so; repeatable",
            HelpName = "NAME",
            Arity = ArgumentArity.OneOrMore,
        };
        var retry = new Option<string>("--retry")
        {
            Description = "End after so many refusals of a credential, or forever",
            HelpName = "forever|N",
        };
        var health = new Option<string>("--health-listen")
        {
            Description = "Answer probes at /livez and /readyz on this address, such as 127.0.0.1:9465",
            HelpName = "IP:PORT",
        };
        var insecure = new Option<bool>("--insecure") { Description = "Allow plain http to another machine" };

        return new Verb("agent", "Run an agent: HOOP_KEY, or HOOP_SPIFFE_KEY_FILE with a JWT-SVID; HOOP_APIURL is the gateway")
        {
            allow, variables, retry, health, insecure,
        }.With("""
            HOOP_KEY=$KEY hoop start agent
            HOOP_SPIFFE_KEY_FILE=/run/spiffe/agent.jwt HOOP_APIURL=https://hoop.example.com hoop start agent --allow-command bq
            """).Does(call => AgentRunner.RunFromEnvironment(
                new AgentFlags(call.Value(allow) ?? [], call.Value(variables) ?? [], call.Value(insecure), call.Value(retry))
                { HealthListen = call.Value(health) },
                call.StandardError,
                call.Stop));
    }
}
