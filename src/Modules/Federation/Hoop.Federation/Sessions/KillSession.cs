using Hoop.Federation.OpenSessions;

namespace Hoop.Federation.Sessions;

/// <summary>
/// POST /api/sessions/{id}/kill. Ends the command on the agent, whichever gateway runs the session. Admins end any, everybody else their
/// own.
/// </summary>
internal static class KillSession
{
    public static void Map(RouteGroupBuilder sessions) => sessions
        .MapPost("/{id:guid}/kill", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Authenticated);

    internal sealed record Request(Guid Id) : ICommand<Killed>
    {
        public AuditEntry Audit(Killed value) => new("session", AuditAction.Close, value.Id)
        {
            Fields = new AuditFields { { "connection", value.Connection }, { "caller", value.Caller } },
        };
    }

    internal sealed record Killed(Guid Id, string Connection, string Caller, bool IsOpen);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Killed>>
    {
        private const string KillSql = """
            UPDATE federation.sessions
            SET end_reason = CASE WHEN ended_at IS NULL THEN coalesce(end_reason, @Reason) ELSE end_reason END
            WHERE org_id = @OrgId AND id = @Id AND (@OnlyOf::text IS NULL OR caller = @OnlyOf)
            RETURNING id, connection_name AS connection, caller, ended_at IS NULL AS is_open
            """;

        public async Task<Result<Killed>> Handle(Request request, CancellationToken cancellationToken)
        {
            // Before the result: who repeats the call because the first was not confirmed waits for the confirmation again.
            db.Announce(EndSessions.Topic, ChangeKey.Of(caller.OrgId));
            var onlyOf = caller.Current?.Role == Role.Admin ? null : caller.Current?.Alias.ToString() ?? "";
            var args = new { request.Id, OnlyOf = onlyOf, Reason = EndReason.Killed };
            return await db.Of(caller.OrgId).Find<Killed>(KillSql, args, cancellationToken) switch
            {
                null => SessionErrors.NotFound,
                { IsOpen: false } => SessionErrors.Over,
                var killed => killed,
            };
        }
    }
}
