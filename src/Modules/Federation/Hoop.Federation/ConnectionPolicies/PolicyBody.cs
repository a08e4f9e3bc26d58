using System.Text.Json.Serialization;
using Hoop.Shared.Secrets;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>
/// What a client may say about a policy. Members that only the server sets (id, connection_id, has_admin_credentials, times) are ignored, so
/// that what GET answered can be PUT back.
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
    ExtraConfig? ExtraConfig);

/// <summary>How a policy looks to API clients.</summary>
internal sealed record PolicyView(
    Guid Id,
    Guid ConnectionId,
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
    DateTime UpdatedAt);
