using Hoop.Identity.ApiTokens;
using Hoop.Identity.Tokens;

namespace Hoop.Identity.People;

/// <summary>
/// DELETE /api/users/{id}. The person goes with all its API tokens, and with all tokens of Vault's kind that it made; each is on record.
/// Where nobody needs an invitation it comes back with its next sign-in: to keep somebody out, deactivate.
/// </summary>
internal static class DeletePerson
{
    public static void Map(RouteGroupBuilder people) => people
        .MapDelete("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin)
        .WithName(nameof(DeletePerson));

    internal sealed record Request(Guid Id) : ICommand<Person>
    {
        public AuditEntry Audit(Person value) => value.Audited(AuditAction.Delete);
    }

    internal sealed class Handler(
        Db db, ICaller caller, PersonTokens tokens, ApiTokenRemoval apiTokens) : IRequestHandler<Request, Result<Person>>
    {
        private const string Reason = "person_deleted";

        // The person first and the tokens after it, as whoever changes a person does.
        private const string LockSql = """
            SELECT id
            FROM identity.people
            WHERE org_id = @OrgId AND id = @Id
            FOR UPDATE
            """;

        private const string OwnsSql = """
            SELECT id
            FROM identity.api_tokens
            WHERE org_id = @OrgId AND person_id = @Id
            """;

        private const string DeleteSql = $"""
            DELETE FROM identity.people
            WHERE org_id = @OrgId AND id = @Id
            RETURNING {Person.Columns}
            """;

        public async Task<Result<Person>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(Person.Topic, Person.KeyOf(caller.OrgId, request.Id));
            db.Announce(VaultToken.Topic, ChangeKey.Of(caller.OrgId));
            var (organization, key) = (db.Of(caller.OrgId), new { request.Id });
            if (await organization.Find<Guid?>(LockSql, key, cancellationToken) is null)
            {
                return PersonErrors.NotFound;
            }

            await tokens.End(caller.OrgId, request.Id, Reason, cancellationToken);
            await apiTokens.Remove(
                caller.OrgId, await organization.List<Guid>(OwnsSql, key, cancellationToken), Reason, cancellationToken);
            return await organization.Find<Person>(DeleteSql, key, cancellationToken) is { } person ? person : PersonErrors.NotFound;
        }
    }
}
