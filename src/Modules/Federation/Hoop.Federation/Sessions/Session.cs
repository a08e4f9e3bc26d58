namespace Hoop.Federation.Sessions;

/// <summary>A session as its row tells it.</summary>
/// <param name="Connection">Its name, also after it was deleted.</param>
/// <param name="Verb"><c>exec</c>: one script; <c>connect</c>: a stream both ways.</param>
/// <param name="Caller">Who opened it, as in the audit trail.</param>
/// <param name="Provider">Null when the connection has no policy.</param>
/// <param name="FallbackReason">Why the user's own principal was refused, when the read-only one took its place.</param>
/// <param name="Status">
/// <c>opening</c>, <c>running</c>; <c>done</c>: the command ended by itself; <c>failed</c>: it did not run or did not come to its end;
/// <c>denied</c>: refused before anything ran; <c>ended</c>: by somebody else than the command; <c>lost</c>: with its gateway.
/// </param>
/// <param name="Reason">The stable code of why it was denied, failed or ended.</param>
/// <param name="ExitCode">Of the command; 128 + n when signal n ended it.</param>
internal sealed record Session(
    Guid Id,
    string Connection,
    Guid ConnectionId,
    Guid? AgentId,
    string Verb,
    string Caller,
    string UserEmail,
    string UserId,
    string? CorrelationId,
    string? Provider,
    string? ResolvedPrincipal,
    string? AdminPrincipal,
    DateTime? TokenExpiresAt,
    bool FallbackApplied,
    string? FallbackReason,
    string Status,
    string? Reason,
    string? Message,
    int? ExitCode,
    long BytesIn,
    long BytesOut,
    DateTime CreatedAt,
    DateTime? StartedAt,
    DateTime? EndedAt)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        id, connection_name AS connection, connection_id, agent_id, verb, caller, user_email, user_id, correlation_id, provider,
        resolved_principal, admin_principal, token_expires_at, fallback_applied, fallback_reason, status, reason, message, exit_code,
        bytes_in, bytes_out, created_at, started_at, ended_at
        """;

    /// <summary>Whoever may not read everything sees what is its own.</summary>
    public static string? OnlyOf(Caller? reader) => reader?.Role is Role.Admin or Role.Auditor ? null : reader?.Alias.ToString() ?? "";
}

/// <summary>A session whose command ran, with what it wrote.</summary>
/// <param name="Output">Standard output and error, merged, as UTF-8; at most 1 MiB.</param>
/// <param name="Truncated">More was written.</param>
internal sealed record SessionOutput(Session Session, string Output, bool Truncated)
{
    /// <summary>What a command writes may be confidential.</summary>
    public override string ToString() => $"{nameof(SessionOutput)} {{ Session = {Session.Id} }}";
}

internal static class SessionStatus
{
    public const string Done = "done";
    public const string Failed = "failed";
    public const string Denied = "denied";
    public const string Ended = "ended";
}

internal static class SessionErrors
{
    /// <summary>A stolen agent key would run scripts on every other agent.</summary>
    public static readonly Error NoAgents = Error.Denied(
        "an agent runs the commands of sessions and opens none; use a person's or a service account's credential", "agents_open_no_sessions");

    public static readonly Error NotFound = Error.NotFound("session not found", "session_not_found");

    public static readonly Error Over = Error.Conflict("the session has ended already", "session_ended");

    public static readonly Error NoAgent = Error.Unavailable(
        "the connection has no agent any more; an admin can give it another one", "no_agent");

    public static readonly Error TooMany = Error.TooMany(
        "too many sessions are open on this gateway for this caller or organization; end one, or wait", TimeSpan.FromSeconds(5),
        "too_many_sessions");

    public static readonly Error Removed = Error.Unavailable(
        "the connection or its federation policy was removed while the session opened", "connection_removed");
}
