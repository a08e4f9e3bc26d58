namespace Hoop.Identity.Entities;

/// <summary>The parts of a merge, under the lock of the store. Each row that moves or goes stands in the audit trail.</summary>
internal sealed class EntityMerge(Db db, ICaller caller, StoreTrail trail, AliasClashes clashes)
{
    private const string Reason = "entity_merged";

    private const string AliasesSql = """
        SELECT alias.id, alias.entity_id, alias.name, alias.accessor, mount.type AS mount_type, 'auth/' || mount.path AS mount_path,
               entity.name AS entity_name
        FROM identity.entity_aliases AS alias
        JOIN identity.mounts AS mount ON mount.accessor = alias.accessor
        JOIN identity.entities AS entity ON entity.org_id = alias.org_id AND entity.id = alias.entity_id
        WHERE alias.org_id = @OrgId AND alias.entity_id = ANY (@Ids)
        ORDER BY alias.entity_id, alias.id
        """;

    private const string DropAliasesSql = """
        DELETE FROM identity.entity_aliases
        WHERE org_id = @OrgId AND id = ANY (@Ids)
        RETURNING id
        """;

    private const string MoveAliasesSql = """
        UPDATE identity.entity_aliases
        SET entity_id = @To, merged_from = coalesce(merged_from, '{}') || entity_id, updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND entity_id = ANY (@From)
        RETURNING id
        """;

    private const string MoveTokensSql = """
        UPDATE identity.tokens
        SET entity_id = @To
        WHERE org_id = @OrgId AND entity_id = ANY (@From)
        """;

    private const string LeaveGroupsSql = """
        DELETE FROM identity.group_entities
        WHERE org_id = @OrgId AND entity_id = ANY (@From)
        RETURNING group_id, entity_id
        """;

    private const string JoinGroupsSql = """
        INSERT INTO identity.group_entities (org_id, group_id, entity_id)
        SELECT @OrgId, joined.id, @To
        FROM unnest(@Groups::uuid[]) AS joined (id)
        ON CONFLICT DO NOTHING
        RETURNING group_id
        """;

    private const string TouchGroupsSql = """
        UPDATE identity.groups
        SET modify_index = modify_index + 1, updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = ANY (@Groups)
        """;

    private const string ForgetSql = """
        WITH gone AS (
          DELETE FROM identity.merged_entities
          WHERE org_id = @OrgId AND entity_id = @From
          RETURNING id, position
        )
        SELECT id
        FROM gone
        ORDER BY position
        """;

    private const string RememberSql = """
        INSERT INTO identity.merged_entities (org_id, id, entity_id)
        SELECT @OrgId, merged.id, @To
        FROM unnest(@Ids::uuid[]) WITH ORDINALITY AS merged (id, place)
        ORDER BY merged.place
        """;

    private const string DeleteSql = """
        DELETE FROM identity.entities
        WHERE org_id = @OrgId AND id = ANY (@From)
        """;

    private const string TouchSql = """
        UPDATE identity.entities
        SET updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = @To
        """;

    private OrgDb Organization => db.Of(caller.OrgId);

    /// <summary>Deletes the losers of each mount that two of the entities have an alias on; or says why it cannot.</summary>
    public async Task<Error?> Resolve(Guid[] from, Guid to, HashSet<Guid> keep, CancellationToken cancellationToken)
    {
        var aliases = await Organization.List<MergedAlias>(AliasesSql, new { Ids = from.Append(to).ToArray() }, cancellationToken);
        var (kept, moving) = (
            aliases.Where(alias => alias.EntityId == to).ToDictionary(alias => alias.Accessor, StringComparer.Ordinal),
            aliases.Where(alias => alias.EntityId != to).ToList());
        if (moving.GroupBy(alias => alias.Accessor, StringComparer.Ordinal).FirstOrDefault(mount => mount.Count() > 1) is { } shared)
        {
            return MergeErrors.Shared(shared.Key);
        }

        var clashing = moving.Where(alias => kept.ContainsKey(alias.Accessor))
            .Select(alias => new AliasClash(kept[alias.Accessor], alias)).ToList();
        if (clashing.Count == 0)
        {
            return null;
        }

        if (keep.Count == 0)
        {
            return clashes.Found(clashing);
        }

        if (clashing.Find(clash => !keep.Contains(clash.To.Id) && !keep.Contains(clash.From.Id)) is { } open)
        {
            return MergeErrors.NeitherKept(open.From.Id, open.To.Id);
        }

        var losers = clashing.Select(clash => keep.Contains(clash.To.Id) ? clash.From.Id : clash.To.Id).ToArray();
        var dropped = await Organization.List<Guid>(DropAliasesSql, new { Ids = losers }, cancellationToken);
        await trail.Removed("entity_alias", dropped, Reason, cancellationToken);
        return null;
    }

    public async Task Move(Guid[] from, Guid to, CancellationToken cancellationToken)
    {
        foreach (var alias in await Organization.List<Guid>(MoveAliasesSql, new { From = from, To = to }, cancellationToken))
        {
            var entry = new AuditEntry("entity_alias", AuditAction.Update, alias)
            {
                Fields = new AuditFields { { "canonical_id", to }, { "reason", Reason } },
            };
            await trail.Record(entry, cancellationToken);
        }

        await Organization.Execute(MoveTokensSql, new { From = from, To = to }, cancellationToken);
        await MoveMemberships(from, to, cancellationToken);
        foreach (var one in from)
        {
            var before = await Organization.List<Guid>(ForgetSql, new { From = one }, cancellationToken);
            await trail.Removed("merged_entity", before, Reason, cancellationToken);
            var all = before.Append(one).ToArray();
            await Organization.Execute(RememberSql, new { To = to, Ids = all }, cancellationToken);
            foreach (var id in all)
            {
                var entry = new AuditEntry("merged_entity", AuditAction.Create, id) { Fields = new AuditFields { { "entity_id", to } } };
                await trail.Record(entry, cancellationToken);
            }
        }

        await Organization.Execute(DeleteSql, new { From = from }, cancellationToken);
        await trail.Removed("entity", from, Reason, cancellationToken);
        await Organization.Execute(TouchSql, new { To = to }, cancellationToken);
    }

    private async Task MoveMemberships(Guid[] from, Guid to, CancellationToken cancellationToken)
    {
        var left = await Organization.List<Membership>(LeaveGroupsSql, new { From = from }, cancellationToken);
        if (left.Count == 0)
        {
            return;
        }

        foreach (var group in left.GroupBy(row => row.GroupId, row => row.EntityId))
        {
            await trail.Members(group.Key, AuditAction.Delete, group, Reason, cancellationToken);
        }

        var groups = left.Select(row => row.GroupId).Distinct().ToArray();
        foreach (var group in await Organization.List<Guid>(JoinGroupsSql, new { Groups = groups, To = to }, cancellationToken))
        {
            await trail.Members(group, AuditAction.Create, [to], Reason, cancellationToken);
        }

        await Organization.Execute(TouchGroupsSql, new { Groups = groups }, cancellationToken);
    }

    private sealed record Membership(Guid GroupId, Guid EntityId);
}
