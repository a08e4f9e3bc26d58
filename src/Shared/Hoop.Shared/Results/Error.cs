namespace Hoop.Shared.Results;

/// <summary>What kind of expected failure happened. The set is closed: one switch renders it for each HTTP surface.</summary>
public enum ErrorKind
{
    /// <summary>
    /// The request cannot be read: broken JSON, a wrong type, a missing required member. <c>/api</c> 400, <c>/v1</c> 400.
    /// </summary>
    Malformed,

    /// <summary>The request is readable, but breaks a rule. <c>/api</c> 422, <c>/v1</c> 400.</summary>
    Invalid,

    /// <summary>Nobody is signed in. <c>/api</c> 401, <c>/v1</c> 403.</summary>
    Unauthenticated,

    /// <summary>The caller may not do this. 403.</summary>
    Denied,

    /// <summary>Absent, or owned by another organization: the two look the same. 404.</summary>
    NotFound,

    /// <summary>A unique rule would break. <c>/api</c> 409, <c>/v1</c> 400.</summary>
    Conflict,

    /// <summary>The resource is no longer what the caller has seen. 412.</summary>
    Stale,

    /// <summary>The request is larger than the limit. 413.</summary>
    TooLarge,

    /// <summary>More requests than this caller may make in a while. 429 with <c>Retry-After</c>.</summary>
    TooMany,

    /// <summary>
    /// Something this needs cannot be reached for the moment: the database, an agent, a provider. 503 with <c>Retry-After</c>.
    /// </summary>
    Unavailable,
}

/// <summary>An expected failure, as a value.</summary>
/// <param name="Kind">Decides the HTTP status.</param>
/// <param name="Code">Stable, snake_case; part of the API.</param>
/// <param name="Message">For a person: names the field and the fix, and holds no secret.</param>
public sealed record Error(ErrorKind Kind, string Code, string Message)
{
    /// <summary>Messages by JSON member name, when the failure is about single members.</summary>
    public IReadOnlyDictionary<string, string>? Fields { get; init; }

    /// <summary>
    /// How long a caller should wait before the next try, for <see cref="ErrorKind.TooMany"/> and
    /// <see cref="ErrorKind.Unavailable"/>.
    /// </summary>
    public TimeSpan RetryAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Why a deletion is refused: what names the resource. Bounded by whoever lists it.</summary>
    public IReadOnlyList<ErrorSubject>? UsedBy { get; init; }

    /// <summary>Why a deletion is refused: how many things of each kind would go with it.</summary>
    public IReadOnlyDictionary<string, long>? Holds { get; init; }

    public static Error Malformed(string message, string code = "malformed") => new(ErrorKind.Malformed, code, message);

    public static Error Invalid(string message, string code = "invalid") => new(ErrorKind.Invalid, code, message);

    public static Error Denied(string message, string code = "denied") => new(ErrorKind.Denied, code, message);

    public static Error NotFound(string message = "resource not found", string code = "not_found") =>
        new(ErrorKind.NotFound, code, message);

    public static Error Conflict(string message = "resource already exists", string code = "already_exists") =>
        new(ErrorKind.Conflict, code, message);

    public static Error Stale(string message, string code = "precondition_failed") => new(ErrorKind.Stale, code, message);

    public static Error Unavailable(string message, string code = "unavailable") => new(ErrorKind.Unavailable, code, message);

    public static Error TooMany(string message, TimeSpan retryAfter, string code = "too_many_requests") =>
        new(ErrorKind.TooMany, code, message) { RetryAfter = retryAfter };

    /// <summary>One body for every refused credential, so that a caller learns nothing from it.</summary>
    public static Error Unauthenticated { get; } = new(ErrorKind.Unauthenticated, "access_denied", "access denied");
}

/// <summary>A resource that an error is about.</summary>
/// <param name="Type">As the audit trail spells it.</param>
/// <param name="Id">As the API spells it.</param>
/// <param name="Name">For people to read.</param>
public sealed record ErrorSubject(string Type, string Id, string Name);
