using Hoop.Federation.Connections;
using Hoop.Federation.Contracts;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Sessions;

/// <summary>The row of a session, from its beginning to its end.</summary>
internal sealed class SessionRows(Db db, LiveSessions live)
{
    private const int LongestMessage = 2000;

    private const string OpenSql = """
        INSERT INTO federation.sessions
          (id, org_id, connection_id, connection_name, agent_id, verb, caller, user_email, user_id, correlation_id, status, gateway_id)
        VALUES
          (@Id, @OrgId, @ConnectionId, @ConnectionName, @AgentId, @Verb, @Caller, @UserEmail, @UserId, @CorrelationId, 'opening',
           @GatewayId)
        """;

    // The locks wait for whoever removes the connection or the policy at this moment: either it has marked the row, or the session finds
    // it gone.
    private const string RunSql = """
        UPDATE federation.sessions AS s
        SET status = 'running', started_at = now(), seen_at = now(), provider = @Provider, resolved_principal = @Principal,
            admin_principal = @AdminPrincipal, token_expires_at = @ExpiresAt, fallback_applied = @FallbackApplied,
            fallback_reason = @FallbackReason
        WHERE org_id = @OrgId AND id = @Id AND ended_at IS NULL AND end_reason IS NULL
          AND EXISTS (SELECT FROM federation.connections AS c WHERE c.org_id = @OrgId AND c.id = s.connection_id FOR KEY SHARE)
          AND CASE WHEN @Provider::text IS NULL
            THEN NOT EXISTS (SELECT FROM federation.policies AS p WHERE p.org_id = @OrgId AND p.connection_id = s.connection_id)
            ELSE EXISTS (
              SELECT FROM federation.policies AS p WHERE p.org_id = @OrgId AND p.connection_id = s.connection_id FOR KEY SHARE) END
        """;

    private const string RenewSql = """
        UPDATE federation.sessions
        SET token_expires_at = @ExpiresAt
        WHERE org_id = @OrgId AND id = @Id AND ended_at IS NULL AND end_reason IS NULL
        """;

    // A session that was refused because somebody has ended it meanwhile was ended, whether its gateway has heard of that or not.
    private const string EndSql = $"""
        UPDATE federation.sessions
        SET status = CASE WHEN @Status = 'denied' AND end_reason IS NOT NULL THEN 'ended' ELSE @Status END,
            reason = CASE WHEN @Status = 'denied' THEN coalesce(end_reason, @Reason) ELSE @Reason END,
            message = CASE WHEN @Status = 'denied' AND end_reason IS NOT NULL THEN NULL ELSE @Message END,
            exit_code = @ExitCode, bytes_in = @BytesIn, bytes_out = @BytesOut, ended_at = now()
        WHERE org_id = @OrgId AND id = @Id AND ended_at IS NULL
        RETURNING {Session.Columns}
        """;

    public Task Open(LiveSession session, Connection connection, CancellationToken cancellationToken) => db.Of(session.OrgId).Execute(
        OpenSql,
        new
        {
            session.Id,
            ConnectionId = connection.Id,
            ConnectionName = connection.Name,
            connection.AgentId,
            session.Order.Verb,
            Caller = session.Caller.Alias.ToString(),
            UserEmail = session.User.Email,
            UserId = session.User.Id,
            session.Order.CorrelationId,
            live.GatewayId,
        },
        cancellationToken);

    /// <summary>False when what it stands on was removed meanwhile, or somebody has ended it.</summary>
    public async Task<bool> Run(LiveSession session, FederatedSession? federated, CancellationToken cancellationToken) =>
        await db.Of(session.OrgId).Execute(
            RunSql,
            new
            {
                session.Id,
                federated?.Provider,
                federated?.Principal,
                federated?.AdminPrincipal,
                ExpiresAt = federated?.ExpiresAt.UtcDateTime,
                FallbackApplied = federated?.FallbackApplied ?? false,
                FallbackReason = Cut(federated?.FallbackReason),
            },
            cancellationToken) == 1;

    /// <summary>The end of its new credentials. False when somebody has ended it.</summary>
    public async Task<bool> Renew(LiveSession session, FederatedSession federated, CancellationToken cancellationToken) =>
        await db.Of(session.OrgId).Execute(
            RenewSql, new { session.Id, ExpiresAt = federated.ExpiresAt.UtcDateTime }, cancellationToken) == 1;

    /// <summary>Null when another gateway has given the session up already, or its organization is gone.</summary>
    public Task<Session?> End(LiveSession session, SessionEnd end) => db.Of(session.OrgId).Find<Session>(
        EndSql,
        new { session.Id, end.Status, end.Reason, Message = Cut(end.Message), end.ExitCode, session.BytesIn, session.BytesOut },
        CancellationToken.None);

    // NUL is the one character that PostgreSQL's text cannot hold; an agent's words are an outsider's.
    public static string? Cut(string? text) =>
        text is null ? null : Shared.Text.Printable.Line(text.ReplaceLineEndings(" "), LongestMessage);
}

/// <summary>How a session ended.</summary>
/// <param name="Status">As <see cref="Session.Status"/>.</param>
/// <param name="Reason">A stable code; null when the command ended by itself.</param>
internal sealed record SessionEnd(string Status, string? Reason, string? Message, int? ExitCode)
{
    /// <summary>What came of the command.</summary>
    /// <param name="endedFor">Why the session was ended, when it was.</param>
    /// <param name="message">More about that.</param>
    public static SessionEnd Of(AgentExecution execution, string? endedFor, string? message) => (endedFor, execution.Outcome) switch
    {
        (not null, not (AgentExecutionOutcome.Success or AgentExecutionOutcome.Failed)) =>
            new SessionEnd(SessionStatus.Ended, endedFor, message, execution.ExitCode),
        (_, AgentExecutionOutcome.Success) => new SessionEnd(SessionStatus.Done, Reason: null, Message: null, execution.ExitCode),
        (_, AgentExecutionOutcome.Failed) when execution.ExitCode is not null =>
            new SessionEnd(SessionStatus.Done, Reason: null, Message: null, execution.ExitCode),
        (_, AgentExecutionOutcome.Cancelled) =>
            new SessionEnd(SessionStatus.Ended, endedFor ?? "agent_stopping", message, execution.ExitCode),
        _ => new SessionEnd(SessionStatus.Failed, CodeOf(execution.Outcome), MessageOf(execution), execution.ExitCode),
    };

    /// <summary>Nothing ran on any agent, so the caller gets an error and no output.</summary>
    public Error? Refusal => Reason switch
    {
        "agent_not_connected" or "agent_elsewhere" => Error.Unavailable(Message!, Reason),
        "agent_refused" => Error.Denied(Message!, Reason),
        "not_started" => Error.Invalid(Message!, Reason),
        _ => null,
    };

    private static string CodeOf(AgentExecutionOutcome outcome) => outcome switch
    {
        AgentExecutionOutcome.TimedOut => "timed_out",
        AgentExecutionOutcome.Refused => "agent_refused",
        AgentExecutionOutcome.NotConnected => "agent_not_connected",
        AgentExecutionOutcome.ConnectedElsewhere => "agent_elsewhere",
        AgentExecutionOutcome.Disconnected => "agent_disconnected",
        _ => "not_started",
    };

    /// <summary>
    /// What a command wrote is not kept; what the agent or the gateway says about it is, in one line that the caller may print.
    /// </summary>
    private static string? MessageOf(AgentExecution execution) => execution.Outcome == AgentExecutionOutcome.TimedOut
        ? "the command was ended at its time limit"
        : SessionRows.Cut(execution.Output);
}
