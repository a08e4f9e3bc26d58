using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>
/// POST|PUT /v1/identity/group/id/{id}/members. Adds and removes single members without the whole list; what is there already, or gone
/// already, changes nothing. 204.
/// </summary>
internal static class ChangeMembers
{
    private static readonly VaultFields Fields =
    [
        VaultField.Text("id", "Of the group; of the path."),
        VaultField.List("add_entity_ids", "Entities that come."),
        VaultField.List("remove_entity_ids", "Entities that go."),
        VaultField.List("add_group_ids", "Groups that come."),
        VaultField.List("remove_group_ids", "Groups that go."),
    ];

    public static void Map(RouteGroupBuilder identity) => identity
        .MapVaultWrite("/group/id/{id:vault_id}/members", nameof(ChangeMembers), Policies.Admin, Fields, Answer)
        .WithBody($$"""{ "add_entity_ids": ["{{BodyExample.SomeId}}"] }""");

    private static async Task<EmptyAnswer> Answer(VaultBody body, ISender sender, CancellationToken cancellationToken)
    {
        var request = new Request(
            body.Text("id"),
            body.List("add_entity_ids").Value ?? [],
            body.List("remove_entity_ids").Value ?? [],
            body.List("add_group_ids").Value ?? [],
            body.List("remove_group_ids").Value ?? []);
        return body.Error is { } error ? new EmptyAnswer(error) : (await sender.Send(request, cancellationToken)).ToNoContent();
    }

    internal sealed record Request(
        string Id, string[] AddEntities, string[] RemoveEntities, string[] AddGroups, string[] RemoveGroups) : ICommand<Changed>
    {
        public AuditEntry Audit(Changed value) => new("group", AuditAction.Update, value.Id);
    }

    internal sealed record Changed(Guid Id);

    internal sealed class Handler(Db db, ICaller caller, GroupMembers members) : IRequestHandler<Request, Result<Changed>>
    {
        private const string TouchSql = """
            UPDATE identity.groups
            SET modify_index = modify_index + 1, updated_at = clock_timestamp()
            WHERE org_id = @OrgId AND id = @Id
            RETURNING type
            """;

        public async Task<Result<Changed>> Handle(Request request, CancellationToken cancellationToken)
        {
            var organization = db.Of(caller.OrgId);
            db.AnnounceRights(caller.OrgId);
            await organization.TakeStoreLock(cancellationToken);
            if (VaultIdConstraint.Parse(request.Id) is not { } id
                || await organization.Find<string>(TouchSql, new { Id = id }, cancellationToken) is not { } type)
            {
                return GroupErrors.NoSuchId;
            }

            if (type == Group.External)
            {
                return request.AddEntities.Length + request.RemoveEntities.Length > 0
                    ? GroupErrors.EntitiesOfExternal
                    : GroupErrors.GroupsOfExternal;
            }

            var error = (request.AddEntities.Length > 0 ? await members.AddEntities(id, request.AddEntities, cancellationToken) : null)
                ?? (request.AddGroups.Length > 0 ? await members.AddGroups(id, request.AddGroups, cancellationToken) : null)
                ?? await members.RemoveEntities(id, request.RemoveEntities, cancellationToken)
                ?? await members.RemoveGroups(id, request.RemoveGroups, cancellationToken);
            return error is null ? new Changed(id) : error;
        }
    }
}
