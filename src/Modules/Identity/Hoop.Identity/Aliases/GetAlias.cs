using Hoop.Identity.Entities;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Aliases;

/// <summary>GET /v1/identity/entity-alias/id/{id}, also below <c>alias</c> and <c>persona</c>. One alias.</summary>
internal static class GetAlias
{
    public static void Map(RouteGroupBuilder identity)
    {
        foreach (var (path, name, _) in AliasPaths.All)
        {
            identity.MapVaultRead(
                $"{path}/id/{{id:vault_id}}",
                $"GetEntity{name}",
                Policies.Auditor,
                async (string id, ISender sender, CancellationToken cancellationToken) =>
                    (await sender.Send(new Request(id), cancellationToken)).ToVault());
        }
    }

    internal sealed record Request(string Id) : IQuery<EntityAlias>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<EntityAlias>>
    {
        private const string GetSql = $"""
            SELECT {EntityAlias.Columns}
            FROM {EntityAlias.From}
            WHERE alias.org_id = @OrgId AND alias.id = @Id
            """;

        public async Task<Result<EntityAlias>> Handle(Request request, CancellationToken cancellationToken) =>
            VaultIdConstraint.Parse(request.Id) is { } id
                && await db.Of(caller.OrgId).Find<EntityAlias>(GetSql, new { Id = id }, cancellationToken) is { } alias
                ? alias with { NamespaceId = "root" }
                : AliasErrors.NotFound;
    }
}
