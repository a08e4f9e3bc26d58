using System.CommandLine;
using System.Net;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Client;

namespace Hoop.Cli.Connections;

/// <summary>
/// <c>hoop admin create connection NAME -a AGENT [-- COMMAND]</c>: POST /api/connections, or PUT below it with <c>--overwrite</c>.
/// </summary>
internal static class CreateConnection
{
    public static Command Command()
    {
        var name = ResourceList.Name("connection name", description: "Name of the connection");
        var agent = new Option<string>("--agent", "-a")
        {
            Description = "The agent that reaches the target, by name or id",
            HelpName = "AGENT",
            Required = true,
        };
        var type = new Option<string>("--type", "-t")
        {
            Description = "database, application or custom, and a subtype",
            HelpName = "TYPE/SUBTYPE",
            DefaultValueFactory = _ => "custom",
        };
        var env = new Option<string[]>("--env", "-e")
        {
            Description = "Secret, repeatable: KEY=VALUE, KEY=base64://…, KEY=file://PATH, or KEY alone for the variable of that name "
                + "here. VALUE shows in this machine's process list: not for secrets. filesystem:KEY makes a file of it",
            HelpName = "KEY[=VALUE]",
            Arity = ArgumentArity.OneOrMore,
        };
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace the connection that exists; without -e its secrets stay" };
        var command = new ProgramArgument("Program and arguments that talk to the target");

        return new Verb("connection", "Name a target, the agent that reaches it and the command that talks to it", "connections", "conn")
        {
            name, agent, type, env, overwrite, command,
        }.With("""
            hoop admin create connection my-bq -a web -t custom/bigquery -e CLOUDSDK_CORE_PROJECT=my-proj \
              -e filesystem:GOOGLE_APPLICATION_CREDENTIALS=file://./key.json -- bq query --use_legacy_sql=false
            PGPASSWORD=… hoop admin create connection orders -a web -t database/postgres -e PGPASSWORD -- psql -h db orders
            """).Showing(Formats.Named).For("POST /api/connections", "PUT /api/connections/{nameOrId}").Does(async call =>
        {
            var connection = call.Value(name)!;
            if (call.Value(command) is not { Length: > 0 } program)
            {
                throw new CliFailure(
                    $"a connection needs a command: hoop admin create connection {connection} -a {call.Value(agent)} -- PROGRAM "
                        + "ARGUMENT...");
            }

            var kind = call.Value(type)!.Split('/', 2);
            if (kind[0] is not ("database" or "application" or "custom"))
            {
                throw new CliFailure(
                    $"-t {call.Value(type)}: the type is database, application or custom, then a slash and the subtype, such as "
                        + $"{OtherTools.ConnectionType(kind[0])}");
            }

            var body = new ConnectionBody(
                connection,
                kind[0],
                kind.Length > 1 ? kind[1] : "",
                program,
                call.Has(env) || !call.Value(overwrite)
                    ? ConnectionSecrets.Of(call.Value(env) ?? [], Environment.GetEnvironmentVariable)
                    : null,
                Bodies.Id(await AgentReference.IdOf(call, call.Value(agent)!)));

            if (call.Value(overwrite))
            {
                var replaced = await call.Api.Try(hoop => hoop.Connections.Update(Api.Name(connection), body, call.Stop));
                if (replaced.Status != HttpStatusCode.NotFound)
                {
                    call.Done(replaced.OrFail(), "connection", connection, "updated");
                    return;
                }
            }

            var created = await call.Api.Try(hoop => hoop.Connections.Create(body, call.Stop));
            if (created.Status == HttpStatusCode.Conflict)
            {
                throw new CliFailure($"connection \"{connection}\" exists already ({(int)created.Status}); replace it with --overwrite");
            }

            call.Done(created.OrFail(), "connection", connection, "created");
        });
    }
}
