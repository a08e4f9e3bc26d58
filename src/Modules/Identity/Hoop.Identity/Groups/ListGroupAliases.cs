using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>
/// LIST (or GET with list=true) /v1/identity/group-alias/id. Pages with <c>after</c> and <c>limit</c>; none at all is 404, as in Vault.
/// </summary>
internal static class ListGroupAliases
{
    public static void Map(RouteGroupBuilder identity) => identity.MapVaultList(
        "/group-alias/id",
        nameof(ListGroupAliases),
        Policies.Auditor,
        async (string? after, string? limit, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(after, limit), cancellationToken)).ToVault(Response.Of, warnings: null));

    internal sealed record Request(string? After, string? Limit) : IQuery<IReadOnlyList<GroupAlias>>;

    internal sealed record Response(IReadOnlyList<Guid> Keys, IReadOnlyDictionary<Guid, KeyInfo> KeyInfo)
    {
        public static Response Of(IReadOnlyList<GroupAlias> aliases) => new(
            [.. aliases.Select(alias => alias.Id)],
            aliases.ToDictionary(
                alias => alias.Id,
                alias => new KeyInfo(
                    alias.Name,
                    alias.CanonicalId,
                    alias.MountAccessor,
                    alias.MountType,
                    alias.MountPath,
                    Local: false,
                    Metadata: null,
                    CustomMetadata: null)));
    }

    internal sealed record KeyInfo(
        string Name,
        Guid CanonicalId,
        string MountAccessor,
        string MountType,
        string MountPath,
        bool Local,
        object? Metadata,
        object? CustomMetadata);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<GroupAlias>>>
    {
        public const string ListSql = $"""
            SELECT {GroupAlias.Columns}
            FROM {GroupAlias.From}
            WHERE alias.org_id = @OrgId AND alias.id > @After
            ORDER BY alias.id
            LIMIT @Limit
            """;

        public async Task<Result<IReadOnlyList<GroupAlias>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!ListPage.Read(request.After, request.Limit).Succeeded(out var page, out var error))
            {
                return error;
            }

            var rows = await db.Of(caller.OrgId).List<GroupAlias>(ListSql, page, cancellationToken);
            return rows.Count == 0 ? GroupErrors.NotFound : Result.Of(rows);
        }
    }
}
