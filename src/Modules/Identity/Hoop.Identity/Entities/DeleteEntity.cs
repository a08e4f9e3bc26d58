using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>
/// DELETE /v1/identity/entity/id/{id} and .../entity/name/{name}. 204 whether it existed or not, so a foreign one looks absent.
/// </summary>
internal static class DeleteEntity
{
    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultDelete(
            "/entity/id/{id:vault_id}",
            "DeleteEntityById",
            Policies.Admin,
            async (string id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id, Name: null), cancellationToken)).ToNoContent());
        identity.MapVaultDelete(
            "/entity/name/{**name:minlength(1)}",
            "DeleteEntityByName",
            Policies.Admin,
            async (string name, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(Id: null, name), cancellationToken)).ToNoContent());
    }

    internal sealed record Request(string? Id, string? Name) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("entity", AuditAction.Delete, value.Id?.ToString() ?? Id ?? Name)
        {
            Fields = new AuditFields { { "existed", value.Id is not null } },
        };
    }

    /// <param name="Id">Null when there was nothing to delete.</param>
    internal sealed record Deleted(Guid? Id);

    internal sealed class Handler(Db db, ICaller caller, RemovedEntities removed) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string FindByNameSql = """
            SELECT id
            FROM identity.entities
            WHERE org_id = @OrgId AND name_key = @NameKey
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.AnnounceRights(caller.OrgId);
            var id = request.Name is { } name
                ? await db.Of(caller.OrgId).Find<Guid?>(FindByNameSql, new { NameKey = EntityName.KeyOf(name) }, cancellationToken)
                : VaultIdConstraint.Parse(request.Id!);
            var gone = id is null ? [] : await removed.Remove([id.Value], cancellationToken);
            return new Deleted(gone is [var one] ? one : null);
        }
    }
}
