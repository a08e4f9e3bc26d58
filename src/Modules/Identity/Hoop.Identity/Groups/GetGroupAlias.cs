using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>GET /v1/identity/group-alias/id/{id}. The alias of a group.</summary>
internal static class GetGroupAlias
{
    public static void Map(RouteGroupBuilder identity) => identity.MapVaultRead(
        "/group-alias/id/{id:vault_id}",
        nameof(GetGroupAlias),
        Policies.Auditor,
        async (string id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToVault(Response.Of, warnings: null));

    internal sealed record Request(string Id) : IQuery<GroupAlias>;

    /// <summary>The fields of an alias of an entity, for clients that read both alike.</summary>
    internal sealed record Response(
        Guid Id,
        Guid CanonicalId,
        string Name,
        string MountAccessor,
        string MountType,
        string MountPath,
        object? Metadata,
        object? CustomMetadata,
        object? MergedFromCanonicalIds,
        string NamespaceId,
        bool Local,
        DateTime CreationTime,
        DateTime LastUpdateTime)
    {
        public static Response Of(GroupAlias alias) => new(
            alias.Id,
            alias.CanonicalId,
            alias.Name,
            alias.MountAccessor,
            alias.MountType,
            alias.MountPath,
            Metadata: null,
            CustomMetadata: null,
            MergedFromCanonicalIds: null,
            NamespaceId: "root",
            Local: false,
            alias.CreationTime,
            alias.LastUpdateTime);
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<GroupAlias>>
    {
        private const string GetSql = $"""
            SELECT {GroupAlias.Columns}
            FROM {GroupAlias.From}
            WHERE alias.org_id = @OrgId AND alias.id = @Id
            """;

        public async Task<Result<GroupAlias>> Handle(Request request, CancellationToken cancellationToken) =>
            VaultIdConstraint.Parse(request.Id) is { } id
                && await db.Of(caller.OrgId).Find<GroupAlias>(GetSql, new { Id = id }, cancellationToken) is { } alias
                ? alias
                : GroupErrors.NotFound;
    }
}
