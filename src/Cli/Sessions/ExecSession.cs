using System.CommandLine;
using System.Text;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Sessions;

/// <summary>
/// <c>hoop exec NAME -i SCRIPT</c>: one script through the connection's command; its output comes as it is written. Ends with the command's
/// exit code, or with 255 when it is not known.
/// </summary>
internal static class ExecSession
{
    public static Command Command()
    {
        var name = ResourceList.Name("connection name", description: "Name or id of the connection");
        var script = new Option<string?>("--input", "-i")
        {
            Description = "What the command reads; without it, standard input", HelpName = "SCRIPT",
        };
        return new Verb("exec", "Run one script through a connection's command") { name, script, ConnectSession.Correlation, Call.Timeout }
            .With("""
            hoop exec my-bq -i "SELECT 1"
            hoop exec my-bq --correlation-id ticket-4711 < report.sql > report.json
            """).Explaining(
            "Exit codes",
            ("0 to 254", "of the command; 128 + n when signal n ended it"),
            ("130", "also: hoop was interrupted, and the command is ended"),
            ("141", "also: nobody reads the output any more"),
            ("255", "hoop failed; the line on standard error says why"))
            .For("GET /api/sessions/stream")
            .FailingWith(SessionStream.Failed)
            .Does(call => ConnectSession.Run(
                call,
                ConnectSession.Opening(call, "exec", call.Value(name)!),
                call.Value(script) is { } text ? (stream, over) => Send(stream, text, over) : ConnectSession.Feed));
    }

    private static async Task Send(SessionStream stream, string script, CancellationToken over)
    {
        await stream.Input(Encoding.UTF8.GetBytes(script), over);
        await stream.EndOfInput();
    }
}
