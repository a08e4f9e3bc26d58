using Hoop.Identity.Contracts;

namespace Hoop.Identity.Organizations;

internal sealed class GetOrganizationHandler(Db db) : IRequestHandler<GetOrganization, OrganizationSummary?>
{
    private const string GetSql = """
        SELECT id, name
        FROM identity.organizations
        WHERE id = @OrgId
        """;

    public Task<OrganizationSummary?> Handle(GetOrganization request, CancellationToken cancellationToken) =>
        db.Find<OrganizationSummary>(GetSql, new { OrgId = request.Id }, cancellationToken);
}

internal sealed class FindOrganizationHandler(Db db) : IRequestHandler<FindOrganization, OrganizationSummary?>
{
    [CrossOrg("The name is what finds the organization.")]
    private const string FindSql = """
        SELECT id, name
        FROM identity.organizations
        WHERE name = @Name
        """;

    public Task<OrganizationSummary?> Handle(FindOrganization request, CancellationToken cancellationToken) =>
        db.Find<OrganizationSummary>(FindSql, new { request.Name }, cancellationToken);
}
