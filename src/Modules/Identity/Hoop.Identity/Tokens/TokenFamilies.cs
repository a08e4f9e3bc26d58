namespace Hoop.Identity.Tokens;

/// <summary>Revokes tokens with all that hangs on them, in the transaction of whoever asks, which holds the lock.</summary>
internal sealed class TokenFamilies(Db db, ISender sender, ICaller caller)
{
    private const string RevokeSql = """
        WITH RECURSIVE family AS (
          SELECT id
          FROM identity.tokens
          WHERE org_id = @OrgId AND id = ANY(@Ids)
          UNION
          SELECT child.id
          FROM family
          JOIN identity.tokens AS child ON child.org_id = @OrgId AND child.parent_id = family.id
        )
        DELETE FROM identity.tokens AS token
        USING family
        WHERE token.org_id = @OrgId AND token.id = family.id
        RETURNING token.id
        """;

    private const string ReleaseSql = """
        UPDATE identity.tokens
        SET parent_id = NULL
        WHERE org_id = @OrgId AND parent_id = @Id
        RETURNING id
        """;

    private const string OfApiTokenSql = """
        SELECT token.id
        FROM identity.tokens AS token
        JOIN identity.api_tokens AS held ON held.token_hash = token.api_token_hash
        WHERE token.org_id = @OrgId AND held.id = @ApiTokenId
        """;

    /// <summary>Tokens and their families. Each child is on record, with <c>reason</c>.</summary>
    /// <returns>All that are gone.</returns>
    public async Task<IReadOnlyList<Guid>> Revoke(Guid orgId, IReadOnlyCollection<Guid> ids, CancellationToken cancellationToken)
    {
        var gone = await db.Of(orgId).List<Guid>(RevokeSql, new { Ids = ids.ToArray() }, cancellationToken);
        await Record(orgId, gone.Except(ids), "parent_revoked", cancellationToken);
        return gone;
    }

    /// <summary>All that an API token made, before it is deleted.</summary>
    public async Task RevokeOfApiToken(Guid orgId, Guid apiTokenId, CancellationToken cancellationToken)
    {
        db.Announce(VaultToken.Topic, ChangeKey.Of(orgId));
        await db.Of(orgId).TakeTokenLock(cancellationToken);
        var made = await db.Of(orgId).List<Guid>(OfApiTokenSql, new { ApiTokenId = apiTokenId }, cancellationToken);
        if (made.Count > 0)
        {
            await Revoke(orgId, made, cancellationToken);
            await Record(orgId, made, "api_token_deleted", cancellationToken);
        }
    }

    /// <summary>The children of a token become orphans, each on record.</summary>
    public async Task<IReadOnlyList<Guid>> Release(Guid orgId, Guid id, CancellationToken cancellationToken)
    {
        var released = await db.Of(orgId).List<Guid>(ReleaseSql, new { Id = id }, cancellationToken);
        await Record(orgId, released, "parent_revoked_orphan", cancellationToken, AuditAction.Update);
        return released;
    }

    /// <summary>So many ids a row; every one stands in one of them.</summary>
    public async Task Record(
        Guid orgId,
        IEnumerable<Guid> ids,
        string reason,
        CancellationToken cancellationToken,
        AuditAction action = AuditAction.Delete)
    {
        foreach (var some in ids.Chunk(AuditFields.MaxItems))
        {
            var entry = new AuditEntry("vault_token", action, ResourceId: null)
            {
                Fields = new AuditFields { { "ids", some }, { "reason", reason } },
            };
            await sender.Send(new RecordAudit(orgId, caller.Current, entry), cancellationToken);
        }
    }
}
