using Hoop.Shared;
using Hoop.Shared.Configuration;

namespace Hoop.Host.Startup;

/// <summary>The names of all settings, so that a mistyped one is told instead of ignored.</summary>
internal static class GatewaySettings
{
    private const string Prefix = "HOOP_";

    // The gateway's own.
    private static readonly string[] Gateway =
    [
        "HOOP_ADMIN_GROUP", "HOOP_ADMIN_TOKEN", "HOOP_AGENT_CHANNELS", "HOOP_AGENT_CHANNELS_PER_ORG", "HOOP_AGENT_HANDSHAKES",
        "HOOP_AGENT_MEMORY_MB", "HOOP_AUDITOR_GROUP", "HOOP_AUDIT_RETENTION", "HOOP_AWS_STS_ENDPOINT", "HOOP_BAD_TOKENS_PER_MINUTE",
        "HOOP_DATABASE_LISTEN_URL", "HOOP_DATABASE_URL", "HOOP_DATA_DIR", "HOOP_DOCS", "HOOP_DRY_RUNS_PER_MINUTE", "HOOP_ENCRYPTION_KEY",
        "HOOP_GCP_IAM_ENDPOINT",
        "HOOP_GCP_TOKEN_URI_ALLOWLIST", "HOOP_LISTEN", "HOOP_LOG_FORMAT", "HOOP_LOG_LEVEL", "HOOP_MEMORY", "HOOP_METRICS_LISTEN", "HOOP_OIDC_AUDIENCE",
        "HOOP_OIDC_AUDIENCE_CLAIM", "HOOP_OIDC_CLIENT_ID", "HOOP_OIDC_GROUPS_CLAIM", "HOOP_OIDC_GROUPS_KEEP",
        "HOOP_OIDC_HOSTED_DOMAIN", "HOOP_OIDC_ISSUER", "HOOP_OIDC_JWKS_URL", "HOOP_OIDC_LOGIN_PARAMETERS", "HOOP_OIDC_SCOPES",
        "HOOP_OIDC_SIGN_IN", "HOOP_OIDC_TRUST_EMAIL", "HOOP_POSTGRES_BIN",
            "HOOP_PUBLIC_URL", "HOOP_QUOTA_ACL_POLICIES", "HOOP_QUOTA_AGENTS",
        "HOOP_QUOTA_API_TOKENS", "HOOP_QUOTA_AUTH_MOUNTS", "HOOP_QUOTA_CONNECTIONS", "HOOP_QUOTA_ENTITIES",
        "HOOP_QUOTA_ENTITY_ALIASES", "HOOP_QUOTA_GROUPS", "HOOP_QUOTA_IDENTITY_TOKEN_ROLES",
        "HOOP_QUOTA_LOGIN_ROLES", "HOOP_QUOTA_MAPPINGS", "HOOP_QUOTA_PEOPLE", "HOOP_QUOTA_SIGNING_KEYS",
        "HOOP_QUOTA_TOKEN_ROLES", "HOOP_QUOTA_TRUST_DOMAINS", "HOOP_QUOTA_VAULT_TOKENS",
        "HOOP_SESSIONS_PER_CALLER", "HOOP_SESSIONS_PER_ORG", "HOOP_SESSION_RETENTION", "HOOP_SESSION_ROWS", "HOOP_SHUTDOWN_DELAY",
        "HOOP_SPIFFE_ALLOW_LOOPBACK_HTTP", "HOOP_SPIFFE_ALLOW_PRIVATE_ADDRESSES",
        "HOOP_SPIFFE_AUDIENCE", "HOOP_SPIFFE_BUNDLE_FILE", "HOOP_SPIFFE_BUNDLE_JWKS", "HOOP_SPIFFE_BUNDLE_MAX_AGE",
        "HOOP_SPIFFE_BUNDLE_URL", "HOOP_SPIFFE_LEEWAY", "HOOP_SPIFFE_MAX_TTL", "HOOP_SPIFFE_MODE",
        "HOOP_SPIFFE_PREFIX_BOUNDARY", "HOOP_SPIFFE_REFRESH_PERIOD", "HOOP_SPIFFE_TRUST_DOMAIN", "HOOP_TRUSTED_PROXIES",
        "HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP", "HOOP_ISSUERS_ALLOW_PRIVATE_ADDRESSES", "HOOP_QUOTA_ISSUERS",
        "HOOP_QUOTA_SERVICE_ACCOUNT_RULES",
        "HOOP_VAULT_TOKEN_MAX_TTL", "HOOP_VAULT_TOKEN_TTL",
    ];

    // Those of the agent, the command line and the scripts, which may stand in the same environment.
    private static readonly string[] Others =
    [
        "HOOP_AGENT_DIR", "HOOP_APIURL", "HOOP_AWS_CREDENTIALS_EXPIRE_AT", "HOOP_AWS_CREDENTIALS_FILE", "HOOP_CONTEXT",
        "HOOP_FEDERATED_PRINCIPAL", "HOOP_GCP_ACCESS_TOKEN",
        "HOOP_GCP_ACCESS_TOKEN_FILE", "HOOP_GCP_TOKEN_EXPIRES_AT", "HOOP_IDENTITY_TOKEN_EXPIRES_AT", "HOOP_IDENTITY_TOKEN_FILE", "HOOP_KEY", "HOOP_KEY_FILE",
        "HOOP_ORG",
        "HOOP_SPIFFE_KEY_FILE", "HOOP_TLSCA", "HOOP_TLS_SKIP_VERIFY", "HOOP_TOKEN",
    ];

    public static IReadOnlySet<string> Known { get; } =
        Gateway.Concat(Others).Concat(ConfigurationText.Secrets.Select(name => name + "_FILE")).ToHashSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Names under <c>HOOP_</c> that mean nothing, each with the one that was probably meant.</summary>
    public static IEnumerable<(string Name, string? Meant)> Unknown(IConfiguration configuration) => configuration.AsEnumerable()
        .Select(entry => entry.Key)
        .Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && !name.Contains(':', StringComparison.Ordinal))
        .Where(name => !Known.Contains(name) && !IsOfKubernetes(name))
        .Order(StringComparer.Ordinal)
        .Select(name => (name, Meant(name)));

    // Without what all of them begin with, or everything would be near.
    private static string? Meant(string name) =>
        NearestName.Of(name[Prefix.Length..].ToUpperInvariant(), Gateway.Select(known => known[Prefix.Length..])) is { } near
            ? Prefix + near
            : null;

    // Every container beside a Kubernetes service named "hoop" gets its address in such variables.
    private static bool IsOfKubernetes(string name) =>
        name.StartsWith("HOOP_PORT", StringComparison.OrdinalIgnoreCase)
        || name.Contains("_SERVICE_", StringComparison.OrdinalIgnoreCase)
        || name.Contains("_PORT_", StringComparison.OrdinalIgnoreCase)
        || (name.EndsWith("_PORT", StringComparison.OrdinalIgnoreCase) && name.Count(character => character == '_') > 1);
}
