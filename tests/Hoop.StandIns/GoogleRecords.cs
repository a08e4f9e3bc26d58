namespace Hoop.StandIns;

/// <summary>How an answer of <see cref="GoogleStandIn"/> goes wrong.</summary>
public enum GoogleFault
{
    None,

    /// <summary>401 UNAUTHENTICATED, whatever token came. At the token endpoint: 400 <c>invalid_grant</c>.</summary>
    CredentialsRejected,

    /// <summary>403 IAM_PERMISSION_DENIED, also for a granted principal.</summary>
    PermissionDenied,

    /// <summary>403 SERVICE_DISABLED: the IAM Credentials API is off in the admin's project.</summary>
    ServiceDisabled,

    /// <summary>404: no such account.</summary>
    NotFound,

    /// <summary>400 INVALID_ARGUMENT.</summary>
    InvalidArgument,

    /// <summary>429 RESOURCE_EXHAUSTED with <c>Retry-After</c> (<see cref="GoogleStandIn.RetryAfter"/>).</summary>
    RateLimited,

    /// <summary>500 INTERNAL.</summary>
    InternalError,

    /// <summary>502 with an HTML page.</summary>
    BadGatewayHtml,

    /// <summary>503 UNAVAILABLE.</summary>
    Unavailable,

    /// <summary>504 DEADLINE_EXCEEDED.</summary>
    GatewayTimeout,

    /// <summary>No answer, ever.</summary>
    Hang,

    /// <summary>The connection is cut without an answer.</summary>
    Down,

    /// <summary>200, half the body, then the connection is cut.</summary>
    CutBody,

    /// <summary>200 and an empty JSON object.</summary>
    EmptyObject,

    /// <summary>200 without <c>expireTime</c>.</summary>
    MissingExpireTime,

    /// <summary>200 with an <c>expireTime</c> that is no time.</summary>
    GarbageExpireTime,

    /// <summary>200 with an <c>expireTime</c> an hour ago.</summary>
    PastExpireTime,

    /// <summary>200 with an <c>expireTime</c> an hour later than asked.</summary>
    LateExpireTime,
}

/// <summary>One call of <c>generateAccessToken</c>, refused ones included.</summary>
/// <param name="RawTarget">The request target as it came over the wire.</param>
/// <param name="Principal">The account in the path, decoded.</param>
/// <param name="Admin">The account whose access token came along; null when the token is unknown or expired.</param>
/// <param name="Scopes">As asked.</param>
/// <param name="Lifetime">As asked, for example <c>900s</c>.</param>
/// <param name="Delegates">As asked.</param>
/// <param name="Compressed">Whether the body came gzipped.</param>
/// <param name="Status">What was answered; 0 when the connection was cut or left hanging.</param>
public sealed record GoogleCall(
    string RawTarget, string Principal, string? Admin, IReadOnlyList<string> Scopes, string? Lifetime, IReadOnlyList<string> Delegates, bool Compressed, int Status);

/// <summary>What an access token stands for.</summary>
/// <param name="Principal">The account that the bearer acts as.</param>
/// <param name="MintedBy">The admin account that asked for it; null for the admin's own token.</param>
/// <param name="Scopes">What it is good for.</param>
/// <param name="ExpiresAt">The true end of its life, whatever the answer said.</param>
public sealed record GoogleToken(string Principal, string? MintedBy, IReadOnlyList<string> Scopes, DateTimeOffset ExpiresAt);

/// <summary>A fault, and how many more answers it spoils.</summary>
internal sealed class FaultPlan(GoogleFault fault, int times)
{
    private int _left = times;

    public static FaultPlan None { get; } = new(GoogleFault.None, 0);

    public GoogleFault Take() => fault != GoogleFault.None && Interlocked.Decrement(ref _left) >= 0 ? fault : GoogleFault.None;
}
