using System.Text.Json.Serialization;
using Hoop.Identity.Entities;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>
/// LIST (or GET with list=true) /v1/identity/group/id and .../group/name. In order of the ids; none at all is 404, as in Vault. Pages with
/// <c>after</c> and <c>limit</c>, where a list of names goes by name.
/// </summary>
internal static class ListGroups
{
    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultList(
            "/group/id",
            "ListGroupIds",
            Policies.Auditor,
            async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(ByName: false, after, limit), cancellationToken)).ToVault(ById, warnings: null));
        identity.MapVaultList(
            "/group/name",
            "ListGroupNames",
            Policies.Auditor,
            async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(ByName: true, after, limit), cancellationToken)).ToVault(Names, warnings: null));
    }

    internal sealed record Request(bool ByName, string? After, string? Limit) : IQuery<IReadOnlyList<Row>>;

    internal sealed record Row(
        Guid Id,
        string Name,
        long NumMemberEntities,
        long NumParentGroups,
        Guid? AliasId,
        string? AliasName,
        string? Accessor,
        string? MountType,
        string? MountPath);

    /// <param name="KeyInfo">By id. Left out of a list of names.</param>
    internal sealed record Response(
        IReadOnlyList<string> Keys,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<Guid, KeyInfo>? KeyInfo);

    /// <param name="Alias">Left out without one.</param>
    internal sealed record KeyInfo(
        string Name,
        long NumMemberEntities,
        long NumParentGroups,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] AliasInfo? Alias);

    internal sealed record AliasInfo(Guid Id, string Name, string MountAccessor, string MountType, string MountPath);

    private static Response ById(IReadOnlyList<Row> rows) => new(
        [.. rows.Select(row => row.Id.ToString())],
        rows.ToDictionary(
            row => row.Id,
            row => new KeyInfo(
                row.Name,
                row.NumMemberEntities,
                row.NumParentGroups,
                row.AliasId is { } id ? new AliasInfo(id, row.AliasName!, row.Accessor!, row.MountType!, row.MountPath!) : null)));

    private static Response Names(IReadOnlyList<Row> rows) => new([.. rows.Select(row => row.Name)], KeyInfo: null);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<Row>>>
    {
        private const string FromSql = """
            SELECT held.id, held.name,
                   (SELECT count(*) FROM identity.group_entities AS edge
                    WHERE edge.org_id = @OrgId AND edge.group_id = held.id) AS num_member_entities,
                   (SELECT count(*) FROM identity.group_groups AS edge
                    WHERE edge.org_id = @OrgId AND edge.child_id = held.id) AS num_parent_groups,
                   alias.id AS alias_id, alias.name AS alias_name, alias.accessor, mount.type AS mount_type,
                   'auth/' || mount.path AS mount_path
            FROM identity.groups AS held
            LEFT JOIN identity.group_aliases AS alias ON alias.org_id = @OrgId AND alias.group_id = held.id
            LEFT JOIN identity.mounts AS mount ON mount.accessor = alias.accessor
            """;

        public const string ListSql = $"""
            {FromSql}
            WHERE held.org_id = @OrgId AND held.id > @After
            ORDER BY held.id
            LIMIT @Limit
            """;

        public const string PageByNameSql = $"""
            {FromSql}
            WHERE held.org_id = @OrgId AND held.name_key > @AfterName
            ORDER BY held.name_key
            LIMIT @Limit
            """;

        public async Task<Result<IReadOnlyList<Row>>> Handle(Request request, CancellationToken cancellationToken)
        {
            // A page of names begins behind a name; the whole list of them is in the order of the ids, as in Vault.
            var pagesByName = request.ByName && (request.After is { Length: > 0 } || request.Limit is { Length: > 0 });
            if (!ListPage.Read(pagesByName ? null : request.After, request.Limit).Succeeded(out var page, out var error))
            {
                return error;
            }

            var rows = await db.Of(caller.OrgId).List<Row>(
                pagesByName ? PageByNameSql : ListSql,
                new { page.After, AfterName = EntityName.KeyOf(request.After ?? ""), page.Limit },
                cancellationToken);
            return rows.Count == 0 ? GroupErrors.NotFound : Result.Of(rows);
        }
    }
}
