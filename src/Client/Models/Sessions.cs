namespace Hoop.Client;

/// <param name="Connection">Name or id.</param>
/// <param name="Script">What the command reads on its standard input.</param>
/// <param name="TimeoutSeconds">1 to 600; 300 without it. Then the command is ended.</param>
/// <param name="CorrelationId">For whoever looks for the session later: 1 to 255 printable ASCII characters.</param>
public sealed record CreateSessionBody(
    string? Connection,
    string? Script = null,
    int? TimeoutSeconds = null,
    string? CorrelationId = null);

/// <summary>A session whose command ran, with what it wrote.</summary>
/// <param name="Output">Standard output and error, merged, as UTF-8; at most 1 MiB.</param>
/// <param name="Truncated">More was written.</param>
public sealed record SessionOutput(Session Session, string Output, bool Truncated);

/// <param name="Connection">Its name, also after it was deleted.</param>
/// <param name="Verb">exec: one script; connect: a stream both ways.</param>
/// <param name="Caller">Who opened it, as in the audit trail.</param>
/// <param name="Status">opening, running; done: the command ended by itself; failed: it did not run or did not come to its end; denied:
/// refused before anything ran; ended: by somebody else than the command; lost: with its gateway.</param>
/// <param name="Provider">Null when the connection has no policy.</param>
/// <param name="FallbackReason">Why the user's own principal was refused, when the read-only one took its place.</param>
/// <param name="Reason">The stable code of why it was denied, failed or ended.</param>
/// <param name="ExitCode">Of the command; 128 + n when signal n ended it.</param>
public sealed record Session(
    Guid Id,
    string Connection,
    Guid ConnectionId,
    string Verb,
    string Caller,
    string UserEmail,
    string UserId,
    bool FallbackApplied,
    string Status,
    long BytesIn,
    long BytesOut,
    DateTimeOffset CreatedAt,
    Guid? AgentId = null,
    string? CorrelationId = null,
    string? Provider = null,
    string? ResolvedPrincipal = null,
    string? AdminPrincipal = null,
    DateTimeOffset? TokenExpiresAt = null,
    string? FallbackReason = null,
    string? Reason = null,
    string? Message = null,
    int? ExitCode = null,
    DateTimeOffset? StartedAt = null,
    DateTimeOffset? EndedAt = null);
