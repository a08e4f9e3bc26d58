using System.Text.Json;
using System.Text.Json.Serialization;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.Tokens;

/// <summary>Which token a call is about: one of the three.</summary>
/// <param name="Self">The token of the request.</param>
/// <param name="Token">Clear text, of the body.</param>
/// <param name="Accessor">Names a token without giving it away.</param>
internal sealed record TokenKey(Guid? Self, SecretText? Token, string? Accessor)
{
    /// <summary>Clear text of the credential of the request, for the answer of a call about itself.</summary>
    public static string? Presented(Microsoft.AspNetCore.Http.HttpContext context) =>
        (context.User.Identity as CallerIdentity)?.Credential?.Reveal();

    public object Values => new { Self, Hash = Token is null ? null : SecretHash.Of(Token.Reveal()), Accessor };
}

/// <summary>A stored token. Numbers of seconds.</summary>
internal sealed record HeldToken(
    Guid Id,
    string Accessor,
    bool Orphan,
    string Path,
    string DisplayName,
    string? Meta,
    string[] Policies,
    Guid? EntityId,
    string? Role,
    bool Renewable,
    int NumUses,
    int Period,
    int ExplicitMaxTtl,
    int CreationTtl,
    DateTime CreatedAt,
    DateTime? ExpiresAt,
    DateTime? LastRenewal,
    DateTime? LastUsedAt,
    double Remaining)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        token.id, token.accessor, token.parent_id IS NULL AND token.api_token_hash IS NULL AND token.maker_mount IS NULL AS orphan,
        token.path, token.display_name, token.meta::text AS meta, token.policies, token.entity_id, token.role, token.renewable,
        coalesce(token.uses_left, token.num_uses) AS num_uses, token.period, token.explicit_max_ttl, token.creation_ttl, token.created_at,
        token.expires_at, token.last_renewal, token.last_used_at,
        coalesce(extract(epoch FROM token.expires_at - now()), 0)::double precision AS remaining
        """;

    /// <summary>The token that a <see cref="TokenKey"/> names. What ended or was used up is absent, but to itself.</summary>
    public const string IsKey = """
        (token.id = @Self
          OR ((token.token_hash = @Hash OR token.accessor = @Accessor)
            AND (token.expires_at IS NULL OR token.expires_at > now())
            AND (token.uses_left IS NULL OR token.uses_left > 0)))
        """;

    public IReadOnlyDictionary<string, string>? MetaPairs =>
        Meta is null ? null : JsonSerializer.Deserialize<Dictionary<string, string>>(Meta);

    public int Ttl => (int)Math.Ceiling(Remaining);
}

/// <summary>What a lookup tells of a token, by Vault's names.</summary>
/// <param name="Id">The token itself where the caller has it already; empty for an accessor.</param>
/// <param name="ExpireTime">Null when it does not end.</param>
/// <param name="NumUses">What is left; zero for any number.</param>
internal sealed record TokenView(
    string Id,
    string Accessor,
    IReadOnlyList<string> Policies,
    string Path,
    IReadOnlyDictionary<string, string>? Meta,
    string DisplayName,
    int NumUses,
    bool Orphan,
    long CreationTime,
    int CreationTtl,
    DateTime? ExpireTime,
    int Ttl,
    int ExplicitMaxTtl,
    string EntityId,
    string Type,
    bool Renewable,
    DateTime IssueTime)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? IdentityPolicies { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Period { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Role { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? LastRenewal { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? LastRenewalTime { get; init; }

    /// <summary>To within a minute. Not of Vault.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTime? LastUsedAt { get; init; }

    /// <summary>The token is never printed.</summary>
    public override string ToString() => $"TokenView {{ Accessor = {Accessor} }}";

    public static TokenView Of(HeldToken token, string id, IReadOnlyList<string> ofEntity) => new(
        id,
        token.Accessor,
        token.Policies,
        token.Path,
        token.MetaPairs,
        token.DisplayName,
        token.NumUses,
        token.Orphan,
        Unix(token.CreatedAt),
        token.CreationTtl,
        token.ExpiresAt,
        token.Ttl,
        token.ExplicitMaxTtl,
        token.EntityId?.ToString() ?? "",
        "service",
        token.Renewable,
        token.CreatedAt)
    {
        IdentityPolicies = ofEntity.Count > 0 ? ofEntity : null,
        Period = token.Period > 0 ? token.Period : null,
        Role = token.Role,
        LastRenewal = token.LastRenewal,
        LastRenewalTime = token.LastRenewal is { } renewed ? Unix(renewed) : null,
        LastUsedAt = token.LastUsedAt,
    };

    public static long Unix(DateTime time) => new DateTimeOffset(time, TimeSpan.Zero).ToUnixTimeSeconds();
}
