using Hoop.Identity.Vault;

namespace Hoop.Identity.Aliases;

/// <summary>
/// DELETE /v1/identity/entity-alias/id/{id}, also below <c>alias</c> and <c>persona</c>. 204 whether it existed or not; the entity stays.
/// </summary>
internal static class DeleteAlias
{
    public static void Map(RouteGroupBuilder identity)
    {
        foreach (var (path, name, _) in AliasPaths.All)
        {
            identity.MapVaultDelete(
                $"{path}/id/{{id:vault_id}}",
                $"DeleteEntity{name}",
                Policies.Admin,
                async (string id, ISender sender, CancellationToken cancellationToken) =>
                    (await sender.Send(new Request(id), cancellationToken)).ToNoContent());
        }
    }

    internal sealed record Request(string Id) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("entity_alias", AuditAction.Delete, Id)
        {
            Fields = new AuditFields { { "existed", value.Existed } },
        };
    }

    internal sealed record Deleted(bool Existed);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM identity.entity_aliases
            WHERE org_id = @OrgId AND id = @Id
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (VaultIdConstraint.Parse(request.Id) is not { } id)
            {
                return new Deleted(Existed: false);
            }

            db.AnnounceRights(caller.OrgId);
            var organization = db.Of(caller.OrgId);
            await organization.TakeStoreLock(cancellationToken);
            var deleted = await organization.Execute(DeleteSql, new { Id = id }, cancellationToken);
            return new Deleted(deleted > 0);
        }
    }
}
