using Hoop.Identity.Aliases;
using Hoop.Identity.Mounts;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>Makes and changes aliases of groups, under the lock of the store. A group has one: a second one takes its place.</summary>
internal sealed class GroupAliasStore(Db db, ICaller caller, GroupWriter groups, StoreTrail trail)
{
    private const string FindSql = """
        SELECT id, group_id, accessor, name
        FROM identity.group_aliases
        WHERE org_id = @OrgId AND id = @Id
        """;

    private const string FindGroupSql = """
        SELECT id, type
        FROM identity.groups
        WHERE org_id = @OrgId AND id = @Id
        """;

    private const string FindMountSql = """
        SELECT local
        FROM identity.mounts
        WHERE (org_id = @OrgId OR org_id IS NULL) AND accessor = @Accessor
        """;

    private const string IsTakenSql = """
        SELECT EXISTS (
          SELECT FROM identity.group_aliases
          WHERE org_id = @OrgId AND accessor = @Accessor AND name_key = @NameKey AND id <> @Id)
        """;

    private const string ReplaceSql = """
        DELETE FROM identity.group_aliases
        WHERE org_id = @OrgId AND group_id = @GroupId AND id <> @Id
        RETURNING id
        """;

    private const string SetSql = """
        INSERT INTO identity.group_aliases (id, org_id, group_id, accessor, name, name_key)
        VALUES (@Id, @OrgId, @GroupId, @Accessor, @Name, @NameKey)
        ON CONFLICT (id) DO UPDATE
        SET group_id = excluded.group_id,
            accessor = excluded.accessor,
            name = excluded.name,
            name_key = excluded.name_key,
            updated_at = clock_timestamp()
        """;

    private const string TouchSql = """
        UPDATE identity.groups
        SET modify_index = modify_index + 1, updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = ANY (@Ids)
        """;

    private OrgDb Organization => db.Of(caller.OrgId);

    public async Task<Result<SetGroupAlias.Written>> Write(SetGroupAlias.Request request, CancellationToken cancellationToken)
    {
        await Organization.TakeStoreLock(cancellationToken);
        Row? stored = null;
        if (request.ById)
        {
            if (request.Id.Length == 0)
            {
                return GroupAliasErrors.EmptyId;
            }

            stored = VaultIdConstraint.Parse(request.Id) is { } id
                ? await Organization.Find<Row>(FindSql, new { Id = id }, cancellationToken)
                : null;
            if (stored is null)
            {
                return GroupAliasErrors.NoSuchId;
            }
        }

        if (request.Name.Length == 0 || request.Accessor.Length == 0)
        {
            return request.Name.Length == 0 ? GroupAliasErrors.NoName : GroupAliasErrors.NoAccessor;
        }

        if (stored is not null && stored.Name == request.Name && stored.Accessor == request.Accessor
            && (request.CanonicalId.Length == 0 || request.CanonicalId == stored.GroupId.ToString()))
        {
            return new SetGroupAlias.Written(stored.Id, stored.GroupId, AliasWrite.Nothing);
        }

        return await Check(request, stored, cancellationToken) is { } error ? error : await Set(request, stored, cancellationToken);
    }

    private async Task<Error?> Check(SetGroupAlias.Request request, Row? stored, CancellationToken cancellationToken)
    {
        if (request.CanonicalId.Length > 0)
        {
            var group = VaultIdConstraint.Parse(request.CanonicalId) is { } id
                ? await Organization.Find<GroupRow>(FindGroupSql, new { Id = id }, cancellationToken)
                : null;
            if (group is not { Type: Group.External })
            {
                return group is null ? GroupAliasErrors.NoGroup : GroupAliasErrors.IsInternal;
            }
        }

        if (await Organization.Find<bool?>(FindMountSql, new { request.Accessor }, cancellationToken) is not { } local)
        {
            return MountErrors.NoAccessor(request.Accessor);
        }

        var key = new { request.Accessor, NameKey = AliasName.KeyOf(request.Name), Id = stored?.Id ?? Guid.Empty };
        return local ? GroupAliasErrors.IsLocal(request.Accessor)
            : await Organization.Find<bool>(IsTakenSql, key, cancellationToken) ? GroupAliasErrors.Taken
            : null;
    }

    private async Task<Result<SetGroupAlias.Written>> Set(SetGroupAlias.Request request, Row? stored, CancellationToken cancellationToken)
    {
        Guid groupId;
        if (VaultIdConstraint.Parse(request.CanonicalId) is { } named)
        {
            groupId = named;
        }
        else if (stored is not null)
        {
            groupId = stored.GroupId;
        }
        else
        {
            var unnamed = new GroupChange("", default, default, default, default, default);
            var made = await groups.Create(unnamed, Group.External, cancellationToken);
            if (!made.Succeeded(out var group, out var error))
            {
                return error;
            }

            groupId = group.Id;
            var entry = new AuditEntry("group", AuditAction.Create, group.Id)
            {
                Fields = new AuditFields { { "name", group.Name }, { "type", group.Type }, { "reason", "group_alias" } },
            };
            await trail.Record(entry, cancellationToken);
        }

        var id = stored?.Id ?? RowId.Next();
        var replaced = await Organization.List<Guid>(ReplaceSql, new { GroupId = groupId, Id = id }, cancellationToken);
        await trail.Removed("group_alias", replaced, "replaced", cancellationToken);
        await Organization.Execute(
            SetSql,
            new { Id = id, GroupId = groupId, request.Accessor, request.Name, NameKey = AliasName.KeyOf(request.Name) },
            cancellationToken);
        var touched = new[] { groupId, stored?.GroupId ?? groupId }.Distinct().ToArray();
        await Organization.Execute(TouchSql, new { Ids = touched }, cancellationToken);
        return new SetGroupAlias.Written(id, groupId, stored is null ? AliasWrite.Created : AliasWrite.Updated);
    }

    private sealed record Row(Guid Id, Guid GroupId, string Accessor, string Name);

    private sealed record GroupRow(Guid Id, string Type);
}

/// <summary>In Vault's words.</summary>
internal static class GroupAliasErrors
{
    public static readonly Error EmptyId = Error.Malformed("empty group alias ID");

    public static readonly Error NoSuchId = Error.Malformed("invalid group alias ID");

    public static readonly Error NoName = Error.Malformed("missing alias name");

    public static readonly Error NoAccessor = Error.Malformed("missing mount_accessor");

    public static readonly Error NoGroup = Error.Malformed("invalid group ID given in 'canonical_id'");

    public static readonly Error IsInternal = Error.Malformed("alias can't be set on an internal group");

    public static readonly Error Taken = Error.Conflict("combination of mount and group alias name is already in use");

    public static Error IsLocal(string accessor) => Error.Malformed($"mount accessor \"{accessor}\" is a local mount");
}
