using Hoop.Shared.Secrets;

namespace Hoop.Identity.Organizations;

/// <summary>POST /api/orgs. The operator adds a tenant; its first admin token is shown in this answer and never again.</summary>
internal static class CreateOrganization
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Operator)
        .WithBody("""{ "name": "acme" }""");

    internal sealed record Request(string? Name) : ICommand<Response>
    {
        public AuditEntry Audit(Response value) => new("organization", AuditAction.Create, value.Id)
        {
            Fields = new AuditFields { { "name", value.Name } },
        };
    }

    /// <param name="AdminToken">Clear text; only its hash is stored.</param>
    internal sealed record Response(Guid Id, string Name, string AdminToken)
    {
        /// <summary>The token is never printed.</summary>
        public override string ToString() => $"Response {{ Id = {Id} }}";
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => OrganizationRules.Name(RuleFor(request => request.Name));
    }

    internal sealed class Handler(Db db, ICaller caller, ISender sender, RoleGroups roles) : IRequestHandler<Request, Result<Response>>
    {
        [CrossOrg("The statement makes the organization.")]
        private const string CreateSql = """
            INSERT INTO identity.organizations (id, name)
            VALUES (@Id, @Name)
            ON CONFLICT (name) DO NOTHING
            """;

        private const string CreateAdminTokenSql = """
            INSERT INTO identity.api_tokens (id, org_id, name, token_hash, groups)
            VALUES (@Id, @OrgId, 'admin', @Hash, @Groups)
            """;

        public async Task<Result<Response>> Handle(Request request, CancellationToken cancellationToken)
        {
            var id = RowId.Next();
            if (await db.AcrossOrgs.Execute(CreateSql, new { Id = id, request.Name }, cancellationToken) == 0)
            {
                return OrganizationErrors.NameTaken;
            }

            var token = SecretHash.Generate("hpk_").Reveal();
            var admin = new { Id = RowId.Next(), Hash = SecretHash.Of(token), Groups = new[] { roles.Admin } };
            await db.Of(id).Execute(CreateAdminTokenSql, admin, cancellationToken);

            // The operator's trail holds the organization; the new organization's own trail begins with where its first admin came from.
            var granted = new AuditEntry(
                "api_token", AuditAction.Create, admin.Id)
            { Fields = new AuditFields { { "name", "admin" }, { "groups", admin.Groups } } };
            await sender.Send(new RecordAudit(id, caller.Current, granted), cancellationToken);
            return new Response(id, request.Name!, token);
        }
    }
}
