using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>
/// GET /v1/identity/entity/id/{id} and .../entity/name/{name}. One entity, by its id or by its name in any case of ASCII letters.
/// </summary>
internal static class GetEntity
{
    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultRead(
            "/entity/id/{id:vault_id}",
            "GetEntityById",
            Policies.Auditor,
            async (string id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id, Name: null), cancellationToken)).ToVault());
        identity.MapVaultRead(
            "/entity/name/{**name:minlength(1)}",
            "GetEntityByName",
            Policies.Auditor,
            async (string name, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(Id: null, name), cancellationToken)).ToVault());
    }

    internal sealed record Request(string? Id, string? Name) : IQuery<Entity>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Entity>>
    {
        private const string GetByIdSql = $"""
            SELECT {Entity.Columns}
            FROM identity.entities
            WHERE org_id = @OrgId AND id = @Id
            """;

        private const string GetByNameSql = $"""
            SELECT {Entity.Columns}
            FROM identity.entities
            WHERE org_id = @OrgId AND name_key = @NameKey
            """;

        public async Task<Result<Entity>> Handle(Request request, CancellationToken cancellationToken) =>
            await Find(request, cancellationToken) is { } entity ? entity : EntityErrors.NotFound;

        private async Task<Entity?> Find(Request request, CancellationToken cancellationToken) => request switch
        {
            { Name: { } name } =>
                await db.Of(caller.OrgId).Find<Entity>(GetByNameSql, new { NameKey = EntityName.KeyOf(name) }, cancellationToken),
            { Id: { } text } when VaultIdConstraint.Parse(text) is { } id =>
                await db.Of(caller.OrgId).Find<Entity>(GetByIdSql, new { Id = id }, cancellationToken),
            _ => null,
        };
    }
}
