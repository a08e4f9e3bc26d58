using Hoop.Federation.Providers;
using Hoop.Shared.Sealing;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>A stored policy.</summary>
/// <param name="Revision">Changes with every write.</param>
/// <param name="CredentialsRevision">Changes with every new credential file.</param>
internal sealed record StoredPolicy(
    Guid Id,
    Guid ConnectionId,
    Guid Revision,
    string HookSource,
    string BuiltinProvider,
    string IdentitySourceAttribute,
    string IdentityTargetTemplate,
    string FallbackPolicy,
    string? ReadonlyPrincipal,
    int TokenTtlSeconds,
    string ExtraConfig,
    string? CredentialsKeyId,
    byte[]? CredentialsSealed,
    Guid? CredentialsRevision,
    DateTime CreatedAt,
    DateTime UpdatedAt)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        id, connection_id, revision, hook_source, builtin_provider, identity_source_attribute, identity_target_template, fallback_policy,
        readonly_principal, token_ttl_seconds, extra_config::text AS extra_config, credentials_key_id, credentials_sealed,
        credentials_revision,
        date_trunc('second', created_at) AS created_at, date_trunc('second', updated_at) AS updated_at
        """;

    public SealedValue? Credentials => CredentialsKeyId is null ? null : new SealedValue(CredentialsKeyId, CredentialsSealed!);

    public PolicyView ToView(ProviderSet providers) => new(
        Id,
        ConnectionId,
        Revision,
        HookSource,
        BuiltinProvider,
        Credentials is not null,
        IdentitySourceAttribute,
        IdentityTargetTemplate,
        FallbackPolicy,
        ReadonlyPrincipal,
        TokenTtlSeconds,
        Providers.ExtraConfig.FromJson(ExtraConfig),
        CreatedAt,
        UpdatedAt,
        Warnings(providers));

    /// <summary>The policy to run on; fails when a rule of this version forbids what an earlier one stored.</summary>
    public Result<CheckedPolicy> Check(ProviderSet providers) => CheckedPolicy.FromStored(
        new PolicyBody(
        HookSource,
        BuiltinProvider,
        AdminCredentialsJson: null,
        IdentitySourceAttribute,
        IdentityTargetTemplate,
        FallbackPolicy,
        ReadonlyPrincipal,
        TokenTtlSeconds,
        Providers.ExtraConfig.FromJson(ExtraConfig)),
        providers);

    private string[]? Warnings(ProviderSet providers)
    {
        string[] warnings = Check(providers).Succeeded(out var policy, out var error)
            ? [.. PolicyWarnings.Of(policy, userDomain: null)]
            : [$"a rule that is newer than this policy forbids it, so sessions are refused: {error.Message}"];
        return warnings.Length > 0 ? warnings : null;
    }

    public static SealPlace PlaceOf(Guid orgId, Guid connectionId) => new(SealedCredentials.Purpose, orgId, connectionId);
}

internal static class PolicyErrors
{
    public static readonly Error NotFound = Error.NotFound("federation not configured for this connection", "federation_not_configured");

    public static readonly Error Changed = Error.Unavailable(
        "the connection's federation policy was changed or removed while the token was made; try again", "policy_changed");

    public static readonly Error MissingCredentials = Error.Invalid("missing admin service-account credentials", "missing_credentials");
}
