using Hoop.Identity.Contracts;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.Tokens;

/// <summary>
/// One statement on the database's clock: the token by its hash, that it and all its parents still hold, and one use less where uses are
/// counted. Of parallel requests exactly as many pass as there are uses, on all gateways together. The use of others is noted once a
/// minute.
/// </summary>
internal sealed class AuthenticateVaultTokenHandler(Db db) : IRequestHandler<AuthenticateVaultToken, Verdict<Authenticated>>
{
    [CrossOrg("The token is what names the organization.")]
    private const string UseSql = """
        WITH RECURSIVE found AS (
          SELECT id, org_id, parent_id, api_token_hash, display_name, policies, entity_id, expires_at, uses_left
          FROM identity.tokens
          WHERE token_hash = @Hash
        ), line AS (
          SELECT parent_id, expires_at
          FROM found
          UNION ALL
          SELECT parent.parent_id, parent.expires_at
          FROM line
          JOIN identity.tokens AS parent ON parent.id = line.parent_id
        ), good AS (
          SELECT found.id
          FROM found
          WHERE NOT EXISTS (SELECT FROM line WHERE line.expires_at <= now())
            AND (found.api_token_hash IS NULL OR EXISTS (
              SELECT FROM identity.api_tokens AS held
              WHERE held.token_hash = found.api_token_hash AND (held.expires_at IS NULL OR held.expires_at > now())))
        ), used AS (
          UPDATE identity.tokens AS token
          SET uses_left = token.uses_left - 1, last_used_at = now()
          FROM good
          WHERE token.id = good.id
            AND (token.uses_left > 0
              OR (token.uses_left IS NULL AND (token.last_used_at IS NULL OR token.last_used_at < now() - interval '1 minute')))
          RETURNING token.id
        )
        SELECT found.id, found.org_id, found.display_name, found.policies, found.entity_id, found.expires_at
        FROM found
        JOIN good ON good.id = found.id
        WHERE found.uses_left IS NULL OR EXISTS (SELECT FROM used)
        """;

    public async Task<Verdict<Authenticated>> Handle(AuthenticateVaultToken request, CancellationToken cancellationToken) =>
        await db.AcrossOrgs.Find<Row>(UseSql, new { Hash = SecretHash.Of(request.Token) }, cancellationToken) is { } row
            ? new Authenticated(row.OrgId, CallerKind.VaultToken, Alias.OfToken(row.Id), row.DisplayName, Groups: [], row.ExpiresAt)
            {
                Token = new TokenFacts(row.Policies, row.EntityId),
            }
            : new Refusal("unknown_credential", "the token is unknown, expired, used up or revoked, or what it was made with is");

    private sealed record Row(Guid Id, Guid OrgId, string DisplayName, string[] Policies, Guid? EntityId, DateTime? ExpiresAt);
}
