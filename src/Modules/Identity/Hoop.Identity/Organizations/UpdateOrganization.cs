using Hoop.Shared;
using Npgsql;

namespace Hoop.Identity.Organizations;

/// <summary>
/// PATCH /api/orgs/{id}. Renames a tenant; its id and everything that belongs to it stay. Its trail and the operator's both say so.
/// </summary>
internal static class UpdateOrganization
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapPatch("/{id:uuid}", async (Guid id, Body body, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id, body.Name), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Operator)
        .WithBody("""{ "name": "acme-europe" }""");

    internal sealed record Body(string? Name);

    internal sealed record Request(Guid Id, string? Name) : ICommand<Organization>
    {
        public AuditEntry Audit(Organization value) => Renamed(value);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => OrganizationRules.Name(RuleFor(request => request.Name));
    }

    internal sealed class Handler(Db db, ICaller caller, ISender sender) : IRequestHandler<Request, Result<Organization>>
    {
        private const string RenameSql = $"""
            UPDATE identity.organizations
            SET name = @Name
            WHERE id = @OrgId
            RETURNING {Organization.Columns}
            """;

        public async Task<Result<Organization>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (request.Id == DefaultOrganization.Id)
            {
                return OrganizationErrors.Default;
            }

            db.Announce(Organization.Topic, request.Id.ToString());
            try
            {
                if (await db.Of(request.Id).Find<Organization>(RenameSql, new { request.Name }, cancellationToken) is not { } renamed)
                {
                    return OrganizationErrors.NotFound;
                }

                await sender.Send(new RecordAudit(request.Id, caller.Current, Renamed(renamed)), cancellationToken);
                return renamed;
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == "organizations_name_unique")
            {
                return OrganizationErrors.NameTaken;
            }
        }
    }

    private static AuditEntry Renamed(Organization organization) => new("organization", AuditAction.Update, organization.Id)
    {
        Fields = new AuditFields { { "name", organization.Name } },
    };
}
