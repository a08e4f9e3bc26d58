using Hoop.Shared.Quotas;
using Hoop.Shared.Secrets;

namespace Hoop.Identity.Organizations;

/// <summary>
/// POST /api/orgs/{id}/admin-token. A new admin token for a tenant that has lost its own; shown in this answer and never again. The old
/// ones stay and count: the new admin deletes what should not be there.
/// </summary>
internal static class CreateAdminToken
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapPost("/{id:uuid}/admin-token", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Operator);

    internal sealed record Request(Guid OrgId) : ICommand<Response>
    {
        public AuditEntry Audit(Response value) => Granted(value);
    }

    /// <param name="AdminToken">Clear text; only its hash is stored.</param>
    internal sealed record Response(Guid Id, string Name, Guid OrgId, string AdminToken)
    {
        /// <summary>The token is never printed.</summary>
        public override string ToString() => $"Response {{ Id = {Id} }}";
    }

    internal sealed class Handler(
        Db db, ICaller caller, QuotaCheck quota, ISender sender, RoleGroups roles) : IRequestHandler<Request, Result<Response>>
    {
        private const string CreateSql = """
            INSERT INTO identity.api_tokens (id, org_id, name, token_hash, groups)
            SELECT @Id, id, @Name, @Hash, @Groups
            FROM identity.organizations
            WHERE id = @OrgId
            FOR SHARE
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (await quota.Refuses(request.OrgId, IdentityQuotas.ApiTokens, cancellationToken) is { } full)
            {
                return full;
            }

            var token = SecretHash.Generate("hpk_").Reveal();
            var id = RowId.Next();
            var made = new Response(id, $"admin-{id:N}", request.OrgId, token);
            var values = new { made.Id, made.Name, Hash = SecretHash.Of(token), Groups = new[] { roles.Admin } };
            if (await db.Of(request.OrgId).Execute(CreateSql, values, cancellationToken) == 0)
            {
                return OrganizationErrors.NotFound;
            }

            // The tenant's own trail must show it too: somebody outside of it made an admin.
            await sender.Send(new RecordAudit(request.OrgId, caller.Current, Granted(made)), cancellationToken);
            return made;
        }
    }

    private static AuditEntry Granted(Response made) => new("api_token", AuditAction.Create, made.Id)
    {
        Fields = new AuditFields { { "name", made.Name }, { "organization", made.OrgId }, { "admin", true } },
    };
}
