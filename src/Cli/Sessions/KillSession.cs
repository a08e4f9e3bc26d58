using System.CommandLine;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;

namespace Hoop.Cli.Sessions;

/// <summary>
/// <c>hoop admin kill session ID</c>: POST /api/sessions/{id}/kill. The command has ended on its agent when this returns.
/// </summary>
internal static class KillSession
{
    public static Command Command()
    {
        var id = ResourceList.Name("session id", "ID", "Id of the session; see hoop admin get sessions -q status=open");
        return new Verb("session", "End a session and its command, whichever gateway runs it", "sessions") { id }.With("""
            hoop admin kill session 018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f
            """).Showing(Formats.Named).For("POST /api/sessions/{id:guid}/kill").Does(async call =>
        {
            var session = call.Value(id)!;
            var answer = await call.Api.Do(hoop => hoop.Sessions.Kill(Bodies.Id(session), call.Stop));
            call.Done(answer, "session", session, "killed");
        });
    }
}
