using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.Logins;

/// <summary>
/// Which tokens of a mount may sign in, and what they get. Times in seconds. Kept and served in one form, by Vault's names; what belongs to
/// sign-ins in a browser is served as Vault does where it is not set.
/// </summary>
/// <param name="BoundClaims">By claim a value or a list of them: any of it must be there.</param>
/// <param name="ClaimMappings">By claim the name of the metadata that it becomes.</param>
/// <param name="ClockSkewLeeway">0 for a minute, -1 for none.</param>
/// <param name="ExpirationLeeway">Kept and not used: a token without an end is refused.</param>
internal sealed record LoginRole(
    string RoleType,
    string[] BoundAudiences,
    string BoundSubject,
    string BoundClaimsType,
    IReadOnlyDictionary<string, JsonElement>? BoundClaims,
    IReadOnlyDictionary<string, string>? ClaimMappings,
    string UserClaim,
    bool UserClaimJsonPointer,
    string GroupsClaim,
    int ClockSkewLeeway,
    int ExpirationLeeway,
    int NotBeforeLeeway,
    string[] TokenPolicies,
    int TokenTtl,
    int TokenMaxTtl,
    int TokenExplicitMaxTtl,
    int TokenPeriod,
    int TokenNumUses,
    bool TokenNoDefaultPolicy,
    string TokenType)
{
    public const int DefaultLeeway = 60;

    private const string CountSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.login_roles WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota Quota = new("login_roles", "HOOP_QUOTA_LOGIN_ROLES", 10_000, CountSql);

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [JsonIgnore]
    public string Name { get; init; } = "";

    public IReadOnlyList<string> AllowedRedirectUris { get; } = [];

    public IReadOnlyList<string> OidcScopes { get; } = [];

    public bool VerboseOidcLogging { get; }

    public int MaxAge { get; }

    public IReadOnlyList<string> TokenBoundCidrs { get; } = [];

    [JsonIgnore]
    public TimeSpan Leeway => TimeSpan.FromSeconds(ClockSkewLeeway switch { 0 => DefaultLeeway, < 0 => 0, var leeway => leeway });

    /// <summary>A token must be bound to something that it says, or every token of the issuer would do.</summary>
    [JsonIgnore]
    public bool IsBound => BoundAudiences.Length > 0 || BoundSubject.Length > 0 || BoundClaims is { Count: > 0 };

    public static LoginRole New(string name) => new(
        LoginMount.Jwt, [], "", "string", BoundClaims: null, ClaimMappings: null, "", UserClaimJsonPointer: false, "", 0, 0, 0, [],
        0, 0, 0, 0, 0, TokenNoDefaultPolicy: false, "default") { Name = name };

    public string ToStored() => JsonSerializer.Serialize(this, Json);

    public static LoginRole FromStored(string name, string settings) =>
        JsonSerializer.Deserialize<LoginRole>(settings, Json)! with { Name = name };

    public static string? NameProblem(string name, string field) =>
        name.Length > 128
        || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '.' or '-'))
        || name is ['.' or '-', ..]
            ? $"{field}: use at most 128 letters, digits, underscores, dots and dashes"
            : null;
}
