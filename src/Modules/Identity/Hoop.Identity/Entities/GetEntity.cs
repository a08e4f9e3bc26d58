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

    internal sealed class Handler(EntityReader entities) : IRequestHandler<Request, Result<Entity>>
    {
        public async Task<Result<Entity>> Handle(Request request, CancellationToken cancellationToken)
        {
            var found = request switch
            {
                { Name: { } name } => await entities.ByName(name, cancellationToken),
                { Id: { } text } when VaultIdConstraint.Parse(text) is { } id => await entities.ById(id, cancellationToken),
                _ => null,
            };
            return found is { } entity ? entity : EntityErrors.NotFound;
        }
    }
}
