using System.CommandLine;
using System.Text.Json;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Sessions;

/// <summary><c>hoop admin get sessions [ID]</c>: GET /api/sessions, newest first.</summary>
internal static class GetSessions
{
    public static Command Command()
    {
        var id = ResourceList.OptionalName("Id of one session");
        return new Verb("sessions", "Sessions on connections, newest first", "session") { id }.With("""
            hoop admin get sessions -q status=open
            hoop admin get sessions -q connection=my-bq -q page_size=50
            hoop admin get session/018f3c6e-7d1a-7000-8000-5b1a3c9d0e2f -o json
            """).Showing(Formats.All).For("GET /api/sessions", "GET /api/sessions/{id:guid}")
            .Does(call => call.Show(Listing, call.Value(id) is { } text ? $"{Bodies.Id(text)}" : null));
    }

    private static readonly Listing Listing = Listing.Of(
        "session",
        (hoop, query) => hoop.Sessions.List(
            query["connection"], query["status"], query["user"], query["correlation_id"], query.PageSize),
        Of)
        .With((hoop, id, stop) => hoop.Sessions.Get(Bodies.Id(id), stop)) with
    {
        Key = "id",
        Filters = ["connection", "user", "status", "correlation_id"],
    };

    private static Table Of(IReadOnlyList<JsonElement> sessions)
    {
        var table = new Table("ID", "CONNECTION", "USER", "PRINCIPAL", "STATUS", "REASON", "EXIT", "OPENED");
        foreach (var session in sessions)
        {
            table.Add(
                session.Text("id"),
                session.Text("connection"),
                session.Text("user_email") is { Length: > 0 } email ? email : session.Text("caller"),
                session.Text("resolved_principal"),
                session.Text("status")?.ToUpperInvariant(),
                session.IsTrue("fallback_applied") && session.Text("reason") is null ? "fallback" : session.Text("reason"),
                session.Text("exit_code"),
                session.Text("created_at"));
        }

        return table;
    }
}
