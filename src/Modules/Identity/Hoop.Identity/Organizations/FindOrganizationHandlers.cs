using Hoop.Identity.Contracts;

namespace Hoop.Identity.Organizations;

internal sealed class GetOrganizationHandler(Db db) : IRequestHandler<Contracts.GetOrganization, OrganizationSummary?>
{
    private const string GetSql = """
        SELECT id, name
        FROM identity.organizations
        WHERE id = @OrgId
        """;

    public Task<OrganizationSummary?> Handle(Contracts.GetOrganization request, CancellationToken cancellationToken) =>
        db.Of(request.Id).Find<OrganizationSummary>(GetSql, args: null, cancellationToken);
}

internal sealed class HoldOrganizationHandler(Db db) : IRequestHandler<HoldOrganization, bool>
{
    private const string HoldSql = """
        SELECT id
        FROM identity.organizations
        WHERE id = @OrgId
        FOR SHARE
        """;

    public async Task<bool> Handle(HoldOrganization request, CancellationToken cancellationToken) =>
        await db.Of(request.Id).Find<Guid?>(HoldSql, args: null, cancellationToken) is not null;
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
        db.AcrossOrgs.Find<OrganizationSummary>(FindSql, new { request.Name }, cancellationToken);
}
