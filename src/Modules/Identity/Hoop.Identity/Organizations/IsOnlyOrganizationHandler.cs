using Hoop.Identity.Contracts;

namespace Hoop.Identity.Organizations;

internal sealed class IsOnlyOrganizationHandler(Db db) : IRequestHandler<IsOnlyOrganization, bool>
{
    private const string IsOnlySql = """
        SELECT NOT EXISTS (
          SELECT
          FROM identity.organizations
          WHERE id <> @OrgId
        )
        """;

    public Task<bool> Handle(IsOnlyOrganization request, CancellationToken cancellationToken) =>
        db.Of(request.Id).Find<bool>(IsOnlySql, args: null, cancellationToken);
}
