using Hoop.Identity.Entities;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>
/// DELETE /v1/identity/group/id/{id} and .../group/name/{name}. With its alias and its memberships; 204 whether it existed or not.
/// </summary>
internal static class DeleteGroup
{
    public static void Map(RouteGroupBuilder identity)
    {
        identity.MapVaultDelete(
            "/group/id/{id:vault_id}",
            "DeleteGroupById",
            Policies.Admin,
            async (string id, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(id, Name: null), cancellationToken)).ToNoContent());
        identity.MapVaultDelete(
            "/group/name/{**name:minlength(1)}",
            "DeleteGroupByName",
            Policies.Admin,
            async (string name, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(Id: null, name), cancellationToken)).ToNoContent());
    }

    internal sealed record Request(string? Id, string? Name) : ICommand<Deleted>
    {
        public AuditEntry Audit(Deleted value) => new("group", AuditAction.Delete, value.Id?.ToString() ?? Id ?? Name)
        {
            Fields = new AuditFields { { "existed", value.Id is not null } },
        };
    }

    /// <param name="Id">Null when there was nothing to delete.</param>
    internal sealed record Deleted(Guid? Id);

    internal sealed class Handler(Db db, ICaller caller, StoreTrail trail) : IRequestHandler<Request, Result<Deleted>>
    {
        private const string Reason = "group_deleted";

        private const string FindSql = """
            SELECT id
            FROM identity.groups
            WHERE org_id = @OrgId AND (id = @Id::uuid OR name_key = @NameKey::text)
            """;

        private const string DeleteAliasSql = """
            DELETE FROM identity.group_aliases
            WHERE org_id = @OrgId AND group_id = @Id
            RETURNING id
            """;

        private const string DeleteEntitiesSql = """
            DELETE FROM identity.group_entities
            WHERE org_id = @OrgId AND group_id = @Id
            RETURNING entity_id
            """;

        private const string DeleteGroupsSql = """
            DELETE FROM identity.group_groups
            WHERE org_id = @OrgId AND (parent_id = @Id OR child_id = @Id)
            RETURNING parent_id, child_id
            """;

        private const string TouchSql = """
            UPDATE identity.groups
            SET modify_index = modify_index + 1, updated_at = clock_timestamp()
            WHERE org_id = @OrgId AND id = ANY (@Ids)
            """;

        private const string DeleteSql = """
            DELETE FROM identity.groups
            WHERE org_id = @OrgId AND id = @Id
            """;

        public async Task<Result<Deleted>> Handle(Request request, CancellationToken cancellationToken)
        {
            var organization = db.Of(caller.OrgId);
            db.AnnounceRights(caller.OrgId);
            await organization.TakeStoreLock(cancellationToken);
            var key = new
            {
                Id = request.Id is { } text ? VaultIdConstraint.Parse(text) : null,
                NameKey = request.Name is { } name ? EntityName.KeyOf(name) : null,
            };
            if (await organization.Find<Guid?>(FindSql, key, cancellationToken) is not { } id)
            {
                return new Deleted(Id: null);
            }

            var gone = new { Id = id };
            await trail.Removed(
                "group_alias", await organization.List<Guid>(DeleteAliasSql, gone, cancellationToken), Reason, cancellationToken);
            var entities = await organization.List<Guid>(DeleteEntitiesSql, gone, cancellationToken);
            await trail.Members(id, AuditAction.Delete, entities, Reason, cancellationToken);
            var edges = await organization.List<Edge>(DeleteGroupsSql, gone, cancellationToken);
            foreach (var parent in edges.GroupBy(edge => edge.ParentId, edge => edge.ChildId))
            {
                await trail.Members(parent.Key, AuditAction.Delete, parent, Reason, cancellationToken);
            }

            var others = edges.Select(edge => edge.ParentId == id ? edge.ChildId : edge.ParentId).ToArray();
            await organization.Execute(TouchSql, new { Ids = others }, cancellationToken);
            await organization.Execute(DeleteSql, gone, cancellationToken);
            return new Deleted(id);
        }

        private sealed record Edge(Guid ParentId, Guid ChildId);
    }
}
