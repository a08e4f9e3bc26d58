using Hoop.Shared.Jose;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>What else a provider's tokens must say; null when they do.</summary>
internal delegate string? PresetRule(in JwtClaims claims, string issuer);

/// <summary>
/// How the tokens of one kind of provider look: the defaults of an issuer, and what its access tokens have that no other token of it
/// has. docs/service-accounts.md says the same for people.
/// </summary>
internal sealed record IssuerPreset(string Name)
{
    private static readonly JwsAlgorithm[] Every = Enum.GetValues<JwsAlgorithm>();

    /// <summary>The issuer of everybody who has this provider; null: each has its own.</summary>
    public string? Issuer { get; private init; }

    public string AudienceClaim { get; private init; } = TrustedIssuer.Aud;

    public ClaimNames Claims { get; private init; } = ClaimNames.Default;

    public IReadOnlyList<JwsAlgorithm> Algorithms { get; private init; } = Every;

    /// <summary>Claims that must be there, with one of the values; with any when there are none.</summary>
    public IReadOnlyDictionary<string, string[]> Required { get; private init; } = new Dictionary<string, string[]>();

    /// <summary>The header must say <c>at+jwt</c> (RFC 9068 section 4).</summary>
    public bool NeedsAccessTokenType { get; private init; }

    public PresetRule? Rule { get; private init; }

    public static readonly IssuerPreset Generic = new("generic");

    public static readonly IReadOnlyList<IssuerPreset> All =
    [
        Generic,

        // Section 2.2 demands these claims.
        new("rfc9068") { NeedsAccessTokenType = true, Required = Present("client_id", "jti", "iat") },

        // v1: sts.windows.net with appid; v2: login.microsoftonline.com/TENANT/v2.0 with azp and azpacr. ID tokens have none of them.
        new("entra") { Algorithms = [JwsAlgorithm.RS256], Claims = ClaimNames.Default with { ClientId = "azp" }, Rule = Entra },

        new("auth0")
        {
            Algorithms = [JwsAlgorithm.RS256, JwsAlgorithm.PS256],
            Claims = ClaimNames.Default with { ClientId = "azp" },
            Required = Present("azp"),
        },

        // Only tokens of a custom authorization server are for others to verify.
        new("okta")
        {
            Algorithms = [JwsAlgorithm.RS256], Claims = ClaimNames.Default with { ClientId = "cid" }, Required = Present("cid"),
        },

        new("keycloak")
        {
            Claims = ClaimNames.Default with { ClientId = "azp" },
            Required = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["typ"] = ["Bearer"], ["azp"] = [] },
        },

        new("cognito")
        {
            Algorithms = [JwsAlgorithm.RS256],
            AudienceClaim = "client_id",
            Claims = ClaimNames.Default with { Groups = "cognito:groups" },
            Required = new Dictionary<string, string[]>(StringComparer.Ordinal) { ["token_use"] = ["access"] },
        },

        new("google")
        {
            Issuer = "https://accounts.google.com",
            Algorithms = [JwsAlgorithm.RS256],
            Claims = ClaimNames.Default with { ClientId = "azp" },
            Rule = Google,
        },

        new("github")
        {
            Issuer = "https://token.actions.githubusercontent.com",
            Algorithms = [JwsAlgorithm.RS256],
            Required = Present("repository", "repository_owner", "run_id"),
        },

        new("gitlab")
        {
            Issuer = "https://gitlab.com",
            Algorithms = [JwsAlgorithm.RS256],
            Required = Present("project_path", "namespace_path", "job_id"),
        },

        new("kubernetes")
        {
            Algorithms = [JwsAlgorithm.RS256, JwsAlgorithm.ES256],
            Required = Present("kubernetes.io"),
            Rule = static (in JwtClaims claims, string _) =>
                claims.Subject?.StartsWith("system:serviceaccount:", StringComparison.Ordinal) == true
                    ? null
                    : "sub is not that of a Kubernetes service account (system:serviceaccount:NAMESPACE:NAME)",
        },
    ];

    public static IssuerPreset? Find(string name) => All.FirstOrDefault(preset => preset.Name == name);

    private static Dictionary<string, string[]> Present(params string[] claims) =>
        claims.ToDictionary(claim => claim, _ => Array.Empty<string>(), StringComparer.Ordinal);

    private static string? Entra(in JwtClaims claims, string issuer)
    {
        var isFirst = issuer.StartsWith("https://sts.windows.net/", StringComparison.OrdinalIgnoreCase);
        _ = claims.TryGetString("ver", out var version);
        _ = claims.TryGetString("tid", out var tenant);
        return version != (isFirst ? "1.0" : "2.0") ? $"ver is not {(isFirst ? "1.0" : "2.0")}, which goes with this issuer"
            : tenant is not { Length: > 0 } || !issuer.Contains(tenant, StringComparison.OrdinalIgnoreCase)
                ? "tid is not the tenant of the issuer"
            : isFirst && !claims.Has("appid") ? "appid is missing: an ID token has none"
            : !isFirst && !(claims.Has("azp") && claims.Has("azpacr")) ? "azp and azpacr are missing: an ID token has none"
            : null;
    }

    // A person's ID token is made for a client, which azp then names; a service account's names the account itself.
    private static string? Google(in JwtClaims claims, string issuer) =>
        claims.TryGetString("azp", out var party) && party is { Length: > 0 } && party == claims.Subject
            ? null
            : "azp is not the same as sub: only ID tokens of Google service accounts are taken, not those of people";
}
