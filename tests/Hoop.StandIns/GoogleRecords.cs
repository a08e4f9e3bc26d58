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

    /// <summary><see cref="GoogleStandIn.RedirectStatus"/> with a <c>Location</c> of <see cref="GoogleStandIn.RedirectTarget"/>.</summary>
    Redirect,

    /// <summary>403 with the HTML page of an egress proxy.</summary>
    ForbiddenHtml,

    /// <summary>404 with an HTML page, as Google's front end sends it for an address that it does not know.</summary>
    NotFoundHtml,

    /// <summary>407 of an egress proxy, without a body.</summary>
    ProxyAuthentication,

    /// <summary>403 PERMISSION_DENIED of a perimeter: a PreconditionFailure of type VPC_SERVICE_CONTROLS, no ErrorInfo.</summary>
    PerimeterViolation,

    /// <summary>403 PERMISSION_DENIED of a perimeter in its newer form: ErrorInfo SECURITY_POLICY_VIOLATED.</summary>
    SecurityPolicyViolated,

    /// <summary>403 IAM_PERMISSION_DENIED for another permission than the one to mint.</summary>
    OtherPermissionDenied,

    /// <summary>403 PERMISSION_DENIED without details, as older parts of Google answer.</summary>
    PermissionDeniedWithoutDetails,

    /// <summary>400 with <c>{"error": "internal_failure"}</c>, a passing fault of the token endpoint.</summary>
    InternalFailure,

    /// <summary>No answer, ever.</summary>
    Hang,

    /// <summary>200 and an HTML page.</summary>
    HtmlPage,

    /// <summary>200 and <c>null</c>.</summary>
    JsonNull,

    /// <summary>200 and a list.</summary>
    JsonList,

    /// <summary>200 and JSON that ends too early, although the connection does not.</summary>
    CutJson,

    /// <summary>200 and nothing.</summary>
    EmptyBody,

    /// <summary>200 and a good answer that names a member twice.</summary>
    RepeatedMember,

    /// <summary>200 and a token of blanks and line ends.</summary>
    GarbageToken,

    /// <summary>200 and an <c>id_token</c> in place of the access token, as for a <c>target_audience</c>.</summary>
    IdTokenOnly,

    /// <summary>200, an access token and an <c>id_token</c> that is none.</summary>
    GarbageIdToken,

    /// <summary>The connection is cut without an answer.</summary>
    Down,

    /// <summary>200, half the body, then the connection is cut.</summary>
    CutBody,

    /// <summary>200 and a good answer that comes byte by byte, with <see cref="GoogleStandIn.DripPause"/> between them.</summary>
    SlowBody,

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
    string RawTarget, string Principal, string? Admin, IReadOnlyList<string> Scopes, string? Lifetime, IReadOnlyList<string> Delegates,
        bool Compressed, int Status);

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
