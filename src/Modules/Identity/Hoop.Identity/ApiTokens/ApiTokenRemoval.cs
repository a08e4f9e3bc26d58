using Hoop.Identity.Tokens;

namespace Hoop.Identity.ApiTokens;

/// <summary>API tokens that go with whoever they belong to, with all that was made with them, in the transaction of whoever asks.</summary>
internal sealed class ApiTokenRemoval(Db db, ICaller caller, TokenFamilies families, ISender sender)
{
    private const string DeleteSql = """
        DELETE FROM identity.api_tokens
        WHERE org_id = @OrgId AND id = ANY (@Ids) AND NOT is_operator
        RETURNING id::text
        """;

    /// <summary>Each that is gone stands in a row of the trail, with the reason.</summary>
    public async Task Remove(Guid orgId, IReadOnlyCollection<Guid> ids, string reason, CancellationToken cancellationToken)
    {
        foreach (var id in ids)
        {
            db.Announce(ApiToken.Topic, id.ToString());
            await families.RevokeOfApiToken(orgId, id, cancellationToken);
        }

        if (ids.Count == 0)
        {
            return;
        }

        var deleted = await db.Of(orgId).List<string>(DeleteSql, new { Ids = ids.ToArray() }, cancellationToken);
        foreach (var some in deleted.Chunk(AuditFields.MaxItems))
        {
            var gone = new AuditEntry("api_token", AuditAction.Delete, ResourceId: null)
            {
                Fields = new AuditFields { { "ids", some }, { "reason", reason } },
            };
            await sender.Send(new RecordAudit(orgId, caller.Current, gone), cancellationToken);
        }
    }
}
