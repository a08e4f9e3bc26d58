using System.Text.Json.Serialization;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.IdentityTokens;

/// <summary>What tokens are like that somebody gets through it. As Vault answers it.</summary>
/// <param name="KeyName">The key that signs.</param>
/// <param name="Template">The claims, as they were written; empty for none.</param>
/// <param name="ClientId">The audience.</param>
/// <param name="Ttl">In seconds.</param>
internal sealed record IdentityTokenRole(
    [property: JsonIgnore] string Name,
    [property: JsonPropertyName("key")] string KeyName,
    string Template,
    string ClientId,
    int Ttl)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = "name, key_name, template, client_id, ttl";

    private const string CountSql = """
        SELECT count(*)
        FROM (SELECT FROM identity.oidc_roles WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota Quota = new("identity_token_roles", "HOOP_QUOTA_IDENTITY_TOKEN_ROLES", 10_000, CountSql);
}

/// <summary>Finds roles for whoever uses them.</summary>
internal sealed class IdentityTokenRoles(Db db)
{
    private const string FindSql = $"""
        SELECT {IdentityTokenRole.Columns}
        FROM identity.oidc_roles
        WHERE org_id = @OrgId AND name = @Name
        """;

    public Task<IdentityTokenRole?> Find(Guid orgId, string name, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<IdentityTokenRole>(FindSql, new { Name = name }, cancellationToken);
}
