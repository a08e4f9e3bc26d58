namespace Hoop.Identity.Entities;

/// <summary>
/// Removes entities with all that hangs on them: aliases, memberships, and the memory of what was merged into them. Each row that goes
/// stands in the audit trail.
/// </summary>
internal sealed class RemovedEntities(Db db, ICaller caller, StoreTrail trail)
{
    private const string Reason = "entity_deleted";

    private const string LockSql = """
        SELECT id
        FROM identity.entities
        WHERE org_id = @OrgId AND id = ANY (@Ids::uuid[])
        ORDER BY id
        FOR UPDATE
        """;

    private const string DeleteAliasesSql = """
        DELETE FROM identity.entity_aliases
        WHERE org_id = @OrgId AND entity_id = ANY (@Ids)
        RETURNING id
        """;

    private const string DeleteMembershipsSql = """
        DELETE FROM identity.group_entities
        WHERE org_id = @OrgId AND entity_id = ANY (@Ids)
        RETURNING group_id, entity_id
        """;

    private const string TouchGroupsSql = """
        UPDATE identity.groups
        SET modify_index = modify_index + 1, updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = ANY (@Ids)
        """;

    private const string DeleteMergedSql = """
        DELETE FROM identity.merged_entities
        WHERE org_id = @OrgId AND entity_id = ANY (@Ids)
        RETURNING id
        """;

    private const string DeleteSql = """
        DELETE FROM identity.entities
        WHERE org_id = @OrgId AND id = ANY (@Ids)
        """;

    /// <summary>Those that existed. The rows of the entities themselves are the command's.</summary>
    public async Task<IReadOnlyList<Guid>> Remove(IEnumerable<Guid> ids, CancellationToken cancellationToken)
    {
        var organization = db.Of(caller.OrgId);
        await organization.TakeStoreLock(cancellationToken);
        var found = await organization.List<Guid>(LockSql, new { Ids = ids.Distinct().ToArray() }, cancellationToken);
        if (found.Count == 0)
        {
            return found;
        }

        var gone = new { Ids = found.ToArray() };
        await trail.Removed(
            "entity_alias", await organization.List<Guid>(DeleteAliasesSql, gone, cancellationToken), Reason, cancellationToken);
        await trail.Removed(
            "merged_entity", await organization.List<Guid>(DeleteMergedSql, gone, cancellationToken), Reason, cancellationToken);
        var memberships = await organization.List<Membership>(DeleteMembershipsSql, gone, cancellationToken);
        foreach (var group in memberships.GroupBy(row => row.GroupId, row => row.EntityId))
        {
            await trail.Members(group.Key, AuditAction.Delete, group, Reason, cancellationToken);
        }

        if (memberships.Count > 0)
        {
            var groups = memberships.Select(row => row.GroupId).Distinct().ToArray();
            await organization.Execute(TouchGroupsSql, new { Ids = groups }, cancellationToken);
        }

        await organization.Execute(DeleteSql, gone, cancellationToken);
        db.AnnounceRights(caller.OrgId);
        return found;
    }

    private sealed record Membership(Guid GroupId, Guid EntityId);
}
