using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Shared.Secrets;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>
/// What a client may say about a policy. Members that only the server sets are ignored, so that what GET answered can be PUT back; any
/// other one is refused, because a misspelt restriction restricts nothing.
/// </summary>
/// <param name="AdminCredentialsJson">The key file as text. Absent or empty keeps the stored one; never answered.</param>
internal sealed record PolicyBody(
    string? HookSource,
    string? BuiltinProvider,
    SecretText? AdminCredentialsJson,
    string? IdentitySourceAttribute,
    string? IdentityTargetTemplate,
    string? FallbackPolicy,
    string? ReadonlyPrincipal,
    int? TokenTtlSeconds,
    ExtraConfig? ExtraConfig)
{
    public static readonly IReadOnlyList<string> ClientMembers =
    [
        "hook_source", "builtin_provider", "admin_credentials_json", "identity_source_attribute", "identity_target_template",
            "fallback_policy", "readonly_principal",
        "token_ttl_seconds", "extra_config",
    ];

    public static readonly IReadOnlyList<string> ServerMembers =
        ["id", "connection_id", "revision", "has_admin_credentials", "credentials_sha256", "created_at", "updated_at", "warnings",
            "principal_conflicts"];

    /// <summary>By name, whatever is not one of <see cref="ClientMembers"/>.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Unknown { get; init; }
}

/// <summary>How a policy looks to API clients.</summary>
/// <param name="Revision">Extension: changes with every write; what <c>ETag</c> and <c>If-Match</c> hold.</param>
/// <param name="Warnings">Extension: what works and may surprise.</param>
/// <param name="PrincipalConflicts">Extension: who was refused lately, because another user owns the account.</param>
internal sealed record PolicyView(
    Guid Id,
    Guid ConnectionId,
    Guid Revision,
    string HookSource,
    string BuiltinProvider,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool HasAdminCredentials,
    string IdentitySourceAttribute,
    string IdentityTargetTemplate,
    string FallbackPolicy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ReadonlyPrincipal,
    int TokenTtlSeconds,
    ExtraConfig ExtraConfig,
    DateTime CreatedAt,
    DateTime UpdatedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Warnings = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<PrincipalConflict>? PrincipalConflicts = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? CredentialsSha256 = null);
