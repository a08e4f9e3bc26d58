using Hoop.Identity.Contracts;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.ApiTokens;

/// <summary>
/// One probe of the unique index on the hash. Notes the use every five minutes.
/// </summary>
internal sealed class AuthenticateApiTokenHandler(Db db, Dependencies on) : IRequestHandler<AuthenticateApiToken, Verdict<Authenticated>>
{
    [CrossOrg("The token is what names the organization.")]
    private const string FindOwnerSql = """
        SELECT id, org_id, name, groups, is_operator, expires_at,
               last_used_at IS NULL OR last_used_at < now() - interval '5 minutes' AS use_is_due
        FROM identity.api_tokens
        WHERE token_hash = @Hash AND (expires_at IS NULL OR expires_at > now())
        """;

    private const string NoteUseSql = """
        UPDATE identity.api_tokens
        SET last_used_at = now()
        WHERE org_id = @OrgId AND id = @Id AND (last_used_at IS NULL OR last_used_at < now() - interval '5 minutes')
        """;

    public async Task<Verdict<Authenticated>> Handle(AuthenticateApiToken request, CancellationToken cancellationToken)
    {
        var tokens = on.On(ApiToken.Topic);
        var row = await db.AcrossOrgs.Find<Row>(FindOwnerSql, new { Hash = SecretHash.Of(request.Token) }, cancellationToken);
        if (row is null)
        {
            return new Refusal("unknown_credential", "the API token is unknown, expired or revoked");
        }

        tokens.Key(row.Id.ToString());
        if (row.UseIsDue)
        {
            await db.Of(row.OrgId).Execute(NoteUseSql, new { row.Id }, cancellationToken);
        }

        return new Authenticated(
            row.OrgId,
            row.IsOperator ? CallerKind.Operator : CallerKind.ApiToken,
            Alias.OfToken(row.Id),
            row.Name,
            row.Groups,
            row.ExpiresAt)
        {
            Subject = row.Name,
        };
    }

    private sealed record Row(Guid Id, Guid OrgId, string Name, string[] Groups, bool IsOperator, DateTime? ExpiresAt, bool UseIsDue);
}
