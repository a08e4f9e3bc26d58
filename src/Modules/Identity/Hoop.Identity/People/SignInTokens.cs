using Hoop.Shared.Secrets;

namespace Hoop.Identity.People;

/// <summary>
/// What a sign-in gives where the issuer's access tokens are for another API. A person has few of them: the oldest go when more come, and
/// those that are over go with the next sign-in.
/// </summary>
internal sealed class SignInTokens(Db db, ICaller caller, ISender sender)
{
    private const int MostOfPerson = 20;

    private const string ClearSql = """
        DELETE FROM identity.api_tokens
        WHERE org_id = @OrgId AND id IN (
          SELECT id
          FROM identity.api_tokens
          WHERE org_id = @OrgId AND person_id = @PersonId AND is_sign_in
            AND (expires_at <= now() OR id IN (
              SELECT newer.id
              FROM identity.api_tokens AS newer
              WHERE newer.org_id = @OrgId AND newer.person_id = @PersonId AND newer.is_sign_in
              ORDER BY newer.id DESC
              OFFSET @Kept)))
        RETURNING id::text
        """;

    private const string CreateSql = """
        INSERT INTO identity.api_tokens (id, org_id, name, token_hash, expires_at, person_id, is_sign_in)
        VALUES (@Id, @OrgId, @Name, @Hash, @ExpiresAt::timestamptz, @PersonId, true)
        """;

    public async Task<(string? Token, DateTimeOffset? ExpiresAt)> Make(
        Guid orgId, Guid personId, DateTimeOffset end, CancellationToken cancellationToken)
    {
        var gone = await db.Of(orgId).List<string>(ClearSql, new { PersonId = personId, Kept = MostOfPerson - 1 }, cancellationToken);
        if (gone.Count > 0)
        {
            foreach (var id in gone)
            {
                db.Announce(ApiTokens.ApiToken.Topic, id);
            }

            await Record(orgId, new AuditEntry("api_token", AuditAction.Delete, ResourceId: null)
            {
                Fields = new AuditFields { { "ids", gone }, { "reason", "sign_in_over" } },
            });
        }

        var (made, token) = (RowId.Next(), SecretHash.Generate("hpk_").Reveal());
        var values = new
        {
            Id = made,
            Name = $"sign-in.{made:N}#{personId}",
            Hash = SecretHash.Of(token),
            ExpiresAt = end.UtcDateTime,
            PersonId = personId,
        };
        await db.Of(orgId).Execute(CreateSql, values, cancellationToken);
        await Record(orgId, new AuditEntry("api_token", AuditAction.Create, made)
        {
            Fields = new AuditFields { { "name", "sign-in" }, { "person", personId }, { "expires_at", end } },
        });
        return (token, end);

        Task Record(Guid org, AuditEntry entry) => sender.Send(new RecordAudit(org, caller.Current, entry), cancellationToken);
    }
}
