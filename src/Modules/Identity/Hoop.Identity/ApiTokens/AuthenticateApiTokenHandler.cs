using Hoop.Identity.Contracts;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.ApiTokens;

/// <summary>One probe of the unique index on the hash; the answer is never cached, so a revoked token is refused at once.</summary>
internal sealed class AuthenticateApiTokenHandler(Db db) : IRequestHandler<AuthenticateApiToken, ApiTokenOwner?>
{
    [CrossOrg("The token is what names the organization.")]
    private const string FindOwnerSql = """
        SELECT org_id, name, groups, is_operator, expires_at
        FROM identity.api_tokens
        WHERE token_hash = @Hash AND (expires_at IS NULL OR expires_at > now())
        """;

    public async Task<ApiTokenOwner?> Handle(AuthenticateApiToken request, CancellationToken cancellationToken)
    {
        var row = await db.AcrossOrgs.Find<Row>(FindOwnerSql, new { Hash = SecretHash.Of(request.Token) }, cancellationToken);
        return row is null ? null : new ApiTokenOwner(row.OrgId, row.Name, row.Groups, row.IsOperator, row.ExpiresAt);
    }

    private sealed record Row(Guid OrgId, string Name, string[] Groups, bool IsOperator, DateTime? ExpiresAt);
}
