using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>DELETE /v1/identity/group-alias/id/{id}. 204 whether it existed or not; the group stays.</summary>
internal static class DeleteGroupAlias
{
    public static void Map(RouteGroupBuilder identity) => identity.MapVaultDelete(
        "/group-alias/id/{id:vault_id}",
        nameof(DeleteGroupAlias),
        Policies.Admin,
        async (string id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent());

    internal sealed record Request(string Id) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("group_alias", AuditAction.Delete, Id)
        {
            Fields = new AuditFields { { "existed", value.Existed } },
        };
    }

    internal sealed record Deleted(bool Existed);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string DeleteSql = """
            DELETE FROM identity.group_aliases
            WHERE org_id = @OrgId AND id = @Id
            RETURNING group_id
            """;

        private const string TouchSql = """
            UPDATE identity.groups
            SET modify_index = modify_index + 1, updated_at = clock_timestamp()
            WHERE org_id = @OrgId AND id = @Id
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            var organization = db.Of(caller.OrgId);
            db.AnnounceRights(caller.OrgId);
            await organization.TakeStoreLock(cancellationToken);
            if (VaultIdConstraint.Parse(request.Id) is not { } id
                || await organization.Find<Guid?>(DeleteSql, new { Id = id }, cancellationToken) is not { } groupId)
            {
                return new Deleted(Existed: false);
            }

            await organization.Execute(TouchSql, new { Id = groupId }, cancellationToken);
            return new Deleted(Existed: true);
        }
    }
}
