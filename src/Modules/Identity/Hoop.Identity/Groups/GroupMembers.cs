using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>
/// The members of internal groups, changed by the rows that differ. Each method answers what is wrong with the ids, or null. The caller
/// holds the lock of the store.
/// </summary>
internal sealed class GroupMembers(Db db, ICaller caller, StoreTrail trail)
{
    private const string FindNoEntitySql = """
        SELECT wanted.id
        FROM unnest(@Ids::uuid[]) AS wanted (id)
        WHERE NOT EXISTS (SELECT FROM identity.entities WHERE org_id = @OrgId AND id = wanted.id)
        ORDER BY wanted.id
        LIMIT 1
        """;

    private const string FindNoGroupSql = """
        SELECT wanted.id
        FROM unnest(@Ids::uuid[]) AS wanted (id)
        WHERE NOT EXISTS (SELECT FROM identity.groups WHERE org_id = @OrgId AND id = wanted.id)
        ORDER BY wanted.id
        LIMIT 1
        """;

    // Whoever is above the group cannot be below it.
    private const string FindCycleSql = """
        WITH RECURSIVE above AS (
          SELECT edge.parent_id AS id
          FROM identity.group_groups AS edge
          WHERE edge.org_id = @OrgId AND edge.child_id = @GroupId
          UNION
          SELECT edge.parent_id
          FROM above
          CROSS JOIN LATERAL (
            SELECT found.parent_id
            FROM identity.group_groups AS found
            WHERE found.org_id = @OrgId AND found.child_id = above.id
            OFFSET 0) AS edge
        )
        SELECT above.id
        FROM above
        WHERE above.id = ANY (@Ids)
        ORDER BY above.id
        LIMIT 1
        """;

    private const string AddEntitiesSql = """
        INSERT INTO identity.group_entities (org_id, group_id, entity_id)
        SELECT @OrgId, @GroupId, wanted.id
        FROM unnest(@Ids::uuid[]) AS wanted (id)
        ORDER BY wanted.id
        ON CONFLICT DO NOTHING
        RETURNING entity_id
        """;

    private const string AddGroupsSql = """
        INSERT INTO identity.group_groups (org_id, parent_id, child_id)
        SELECT @OrgId, @GroupId, wanted.id
        FROM unnest(@Ids::uuid[]) AS wanted (id)
        ORDER BY wanted.id
        ON CONFLICT DO NOTHING
        RETURNING child_id
        """;

    private const string RemoveEntitiesSql = """
        DELETE FROM identity.group_entities
        WHERE org_id = @OrgId AND group_id = @GroupId AND entity_id = ANY (@Ids::uuid[])
        RETURNING entity_id
        """;

    private const string RemoveGroupsSql = """
        DELETE FROM identity.group_groups
        WHERE org_id = @OrgId AND parent_id = @GroupId AND child_id = ANY (@Ids::uuid[])
        RETURNING child_id
        """;

    private const string ListEntitiesSql = """
        SELECT entity_id
        FROM identity.group_entities
        WHERE org_id = @OrgId AND group_id = @GroupId
        """;

    private const string ListGroupsSql = """
        SELECT child_id
        FROM identity.group_groups
        WHERE org_id = @OrgId AND parent_id = @GroupId
        """;

    private const string MarkSql = """
        UPDATE identity.groups
        SET has_entities = has_entities OR @Entities, has_groups = has_groups OR @Groups
        WHERE org_id = @OrgId AND id = @GroupId
        """;

    private const string TouchSql = """
        UPDATE identity.groups
        SET modify_index = modify_index + 1, updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = ANY (@Ids)
        """;

    private OrgDb Organization => db.Of(caller.OrgId);

    public async Task<Error?> SetEntities(Guid groupId, string[] texts, CancellationToken cancellationToken)
    {
        var (added, removed) = await Difference(groupId, ListEntitiesSql, texts, cancellationToken);
        return await AddEntities(groupId, added, cancellationToken) ?? await RemoveEntities(groupId, removed, cancellationToken);
    }

    public async Task<Error?> SetGroups(Guid groupId, string[] texts, CancellationToken cancellationToken)
    {
        var (added, removed) = await Difference(groupId, ListGroupsSql, texts, cancellationToken);
        return await AddGroups(groupId, added, cancellationToken) ?? await RemoveGroups(groupId, removed, cancellationToken);
    }

    public async Task<Error?> AddEntities(Guid groupId, string[] texts, CancellationToken cancellationToken)
    {
        if (Parse(texts, out var bad) is not { } ids)
        {
            return GroupErrors.NoEntity(bad!);
        }

        if (await Organization.Find<Guid?>(FindNoEntitySql, new { Ids = ids }, cancellationToken) is { } unknown)
        {
            return GroupErrors.NoEntity(unknown.ToString());
        }

        await Add(groupId, AddEntitiesSql, ids, entities: true, cancellationToken);
        return null;
    }

    public async Task<Error?> AddGroups(Guid groupId, string[] texts, CancellationToken cancellationToken)
    {
        if (Parse(texts, out var bad) is not { } ids)
        {
            return GroupErrors.NoGroup(bad!);
        }

        if (await Organization.Find<Guid?>(FindNoGroupSql, new { Ids = ids }, cancellationToken) is { } unknown)
        {
            return GroupErrors.NoGroup(unknown.ToString());
        }

        if (ids.Contains(groupId))
        {
            return GroupErrors.Itself(groupId);
        }

        if (await Organization.Find<Guid?>(FindCycleSql, new { GroupId = groupId, Ids = ids }, cancellationToken) is { } above)
        {
            return GroupErrors.Cycle(above);
        }

        await Touch(await Add(groupId, AddGroupsSql, ids, entities: false, cancellationToken), cancellationToken);
        return null;
    }

    /// <summary>What is no member, or no id, is skipped.</summary>
    public Task<Error?> RemoveEntities(Guid groupId, string[] texts, CancellationToken cancellationToken) =>
        Remove(groupId, RemoveEntitiesSql, texts, touches: false, cancellationToken);

    public Task<Error?> RemoveGroups(Guid groupId, string[] texts, CancellationToken cancellationToken) =>
        Remove(groupId, RemoveGroupsSql, texts, touches: true, cancellationToken);

    // Here, and not in a statement: the planner knows nothing of a list that a client sent, and may compare each with each.
    private async Task<(string[] Added, string[] Removed)> Difference(
        Guid groupId, string sql, string[] texts, CancellationToken cancellationToken)
    {
        var stored = await Organization.List<Guid>(sql, new { GroupId = groupId }, cancellationToken);
        var before = stored.Select(id => id.ToString()).ToHashSet(StringComparer.Ordinal);
        var wanted = texts.ToHashSet(StringComparer.Ordinal);
        return ([.. wanted.Where(text => !before.Contains(text))], [.. before.Where(text => !wanted.Contains(text))]);
    }

    private async Task<IReadOnlyList<Guid>> Add(
        Guid groupId, string sql, Guid[] ids, bool entities, CancellationToken cancellationToken)
    {
        await Organization.Execute(MarkSql, new { GroupId = groupId, Entities = entities, Groups = !entities }, cancellationToken);
        var added = await Organization.List<Guid>(sql, new { GroupId = groupId, Ids = ids }, cancellationToken);
        await trail.Members(groupId, AuditAction.Create, added, reason: null, cancellationToken);
        return added;
    }

    private async Task<Error?> Remove(Guid groupId, string sql, string[] texts, bool touches, CancellationToken cancellationToken)
    {
        var ids = texts.Select(VaultIdConstraint.Parse).OfType<Guid>().ToArray();
        var removed = await Organization.List<Guid>(sql, new { GroupId = groupId, Ids = ids }, cancellationToken);
        await trail.Members(groupId, AuditAction.Delete, removed, reason: null, cancellationToken);
        if (touches)
        {
            await Touch(removed, cancellationToken);
        }

        return null;
    }

    private Task Touch(IReadOnlyList<Guid> groups, CancellationToken cancellationToken) => groups.Count == 0
        ? Task.CompletedTask
        : Organization.Execute(TouchSql, new { Ids = groups.ToArray() }, cancellationToken);

    // Each once; empty texts are dropped, as in every list of Vault's.
    private static Guid[]? Parse(string[] texts, out string? bad)
    {
        var ids = new HashSet<Guid>();
        foreach (var text in texts.Where(text => text.Length > 0))
        {
            if (VaultIdConstraint.Parse(text) is not { } id)
            {
                bad = text;
                return null;
            }

            ids.Add(id);
        }

        bad = null;
        return [.. ids];
    }
}
