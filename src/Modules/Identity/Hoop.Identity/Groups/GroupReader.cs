using Hoop.Identity.Entities;

namespace Hoop.Identity.Groups;

/// <summary>Reads one group with its members, parents and alias.</summary>
internal sealed class GroupReader(Db db, ICaller caller)
{
    private const string ByIdSql = $"""
        SELECT {Group.Columns}
        FROM identity.groups AS held
        WHERE held.org_id = @OrgId AND held.id = @Id
        """;

    private const string ByNameSql = $"""
        SELECT {Group.Columns}
        FROM identity.groups AS held
        WHERE held.org_id = @OrgId AND held.name_key = @NameKey
        """;

    private const string AliasSql = $"""
        SELECT {GroupAlias.Columns}
        FROM {GroupAlias.From}
        WHERE alias.org_id = @OrgId AND alias.group_id = @Id
        """;

    public async Task<Group?> ById(Guid id, CancellationToken cancellationToken) =>
        await WithAlias(await db.Of(caller.OrgId).Find<Group>(ByIdSql, new { Id = id }, cancellationToken), cancellationToken);

    public async Task<Group?> ByName(string name, CancellationToken cancellationToken) => await WithAlias(
        await db.Of(caller.OrgId).Find<Group>(ByNameSql, new { NameKey = EntityName.KeyOf(name) }, cancellationToken), cancellationToken);

    private async Task<Group?> WithAlias(Group? group, CancellationToken cancellationToken) =>
        group is { Type: Group.External }
            && await db.Of(caller.OrgId).Find<GroupAlias>(AliasSql, new { group.Id }, cancellationToken) is { } alias
            ? group with { Alias = alias }
            : group;
}
