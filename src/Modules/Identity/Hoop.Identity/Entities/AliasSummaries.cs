namespace Hoop.Identity.Entities;

/// <summary>The aliases of many entities, as a list shows them.</summary>
internal sealed class AliasSummaries(Db db, ICaller caller)
{
    private const string ListSql = """
        SELECT alias.entity_id, alias.id, alias.name, alias.accessor AS mount_accessor, mount.type AS mount_type,
               'auth/' || mount.path AS mount_path, alias.created_at AS creation_time, alias.updated_at AS last_update_time,
               alias.last_used_at
        FROM identity.entity_aliases AS alias
        JOIN identity.mounts AS mount ON mount.accessor = alias.accessor
        WHERE alias.org_id = @OrgId AND alias.entity_id = ANY (@Ids)
        ORDER BY alias.id
        """;

    public async Task<ILookup<Guid, AliasSummary>> Of(IEnumerable<Guid> entities, CancellationToken cancellationToken)
    {
        var rows = await db.Of(caller.OrgId).List<Row>(ListSql, new { Ids = entities.ToArray() }, cancellationToken);
        return rows.ToLookup(
            row => row.EntityId,
            row => new AliasSummary(
                row.Id,
                row.Name,
                row.MountAccessor,
                row.MountType,
                row.MountPath,
                row.CreationTime,
                row.LastUpdateTime,
                row.LastUsedAt));
    }

    private sealed record Row(
        Guid EntityId,
        Guid Id,
        string Name,
        string MountAccessor,
        string MountType,
        string MountPath,
        DateTime CreationTime,
        DateTime LastUpdateTime,
        DateTime? LastUsedAt);
}
