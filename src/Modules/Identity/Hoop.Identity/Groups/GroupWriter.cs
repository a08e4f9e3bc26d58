using Hoop.Identity.Entities;
using Hoop.Identity.Organizations;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.Groups;

/// <summary>Writes one group, without its members. Under the lock of the store, so that nothing changes between the checks.</summary>
internal sealed class GroupWriter(Db db, ICaller caller, QuotaCheck quota)
{
    private const string FindByIdSql = """
        SELECT id, name, type
        FROM identity.groups
        WHERE org_id = @OrgId AND id = @Id
        """;

    private const string FindByNameSql = """
        SELECT id, name, type
        FROM identity.groups
        WHERE org_id = @OrgId AND name_key = @NameKey
        """;

    private const string CreateSql = """
        INSERT INTO identity.groups (id, org_id, name, name_key, type, policies, metadata)
        VALUES (@Id, @OrgId, @Name, @NameKey, @Type, @Policies::text[], @Metadata::jsonb)
        """;

    private const string UpdateSql = """
        UPDATE identity.groups
        SET name = @Name,
            name_key = @NameKey,
            policies = coalesce(@Policies::text[], policies),
            metadata = CASE WHEN @HasMetadata THEN @Metadata::jsonb ELSE metadata END,
            modify_index = modify_index + 1,
            updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = @Id AND type = @Type
        """;

    public static string GeneratedName() => $"group-{Guid.NewGuid()}";

    public async Task<Result<SetGroup.Written>> Write(SetGroup.Request request, CancellationToken cancellationToken)
    {
        var (organization, change) = (db.Of(caller.OrgId), request.Change);
        await organization.TakeStoreLock(cancellationToken);
        Row? stored = null;
        switch (request.Key)
        {
            case GroupKey.Id when request.Id.Length == 0:
                return GroupErrors.EmptyId;
            case GroupKey.Id:
                stored = VaultIdConstraint.Parse(request.Id) is { } id
                    ? await organization.Find<Row>(FindByIdSql, new { Id = id }, cancellationToken)
                    : null;
                if (stored is null)
                {
                    return GroupErrors.NoSuchId;
                }

                break;
            case GroupKey.Name or GroupKey.NameOfPath when change.Name.Length == 0:
                return GroupErrors.EmptyName;
            case GroupKey.Name or GroupKey.NameOfPath:
                stored = await organization.Find<Row>(FindByNameSql, new { NameKey = EntityName.KeyOf(change.Name) }, cancellationToken);
                break;
            default:
                break;
        }

        var type = TypeOf(stored, change.Type);
        if (type.Error is { } error)
        {
            return error;
        }

        if (change.Name.Length > 0
            && await organization.Find<Row>(
                FindByNameSql, new { NameKey = EntityName.KeyOf(change.Name) }, cancellationToken) is { } namesake
            && namesake.Id != stored?.Id)
        {
            return GroupErrors.NameTaken;
        }

        if (type.Value == Group.External && (change.MemberEntityIds.IsSupplied || change.MemberGroupIds.IsSupplied))
        {
            return change.MemberEntityIds.IsSupplied ? GroupErrors.EntitiesOfExternal : GroupErrors.GroupsOfExternal;
        }

        return stored is null
            ? await Create(change, type.Value, cancellationToken)
            : await Update(stored, change, cancellationToken);
    }

    public async Task<Result<SetGroup.Written>> Create(GroupChange change, string type, CancellationToken cancellationToken)
    {
        if (await quota.Refuses(caller.OrgId, IdentityQuotas.Groups, cancellationToken) is { } full)
        {
            return full;
        }

        var (id, name) = (RowId.Next(), change.Name.Length > 0 ? change.Name : GeneratedName());
        await db.Of(caller.OrgId).Execute(CreateSql, change.Values(id, name, type), cancellationToken);
        return new SetGroup.Written(id, name, type, Created: true);
    }

    private async Task<Result<SetGroup.Written>> Update(Row stored, GroupChange change, CancellationToken cancellationToken)
    {
        var name = change.Name.Length > 0 ? change.Name : stored.Name;
        await db.Of(caller.OrgId).Execute(UpdateSql, change.Values(stored.Id, name, stored.Type), cancellationToken);
        return new SetGroup.Written(stored.Id, name, stored.Type, Created: false);
    }

    private static Result<string> TypeOf(Row? stored, Field<string> type) => (stored, type.Value) switch
    {
        ({ } row, _) when type.IsSupplied && type.Value != row.Type => GroupErrors.TypeStays,
        ({ } row, _) => row.Type,
        (null, null or "") => Group.Internal,
        (null, Group.Internal or Group.External) => type.Value,
        (null, { } other) => GroupErrors.NoType(other),
    };

    private sealed record Row(Guid Id, string Name, string Type);
}
