namespace Hoop.Identity.Organizations;

/// <summary>GET /api/orgs. All tenants, by name; the operator alone sees them.</summary>
internal static class ListOrganizations
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapGet("/", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Operator);

    internal sealed record Request : IQuery<IReadOnlyList<Organization>>;

    internal sealed class Handler(Db db) : IRequestHandler<Request, Result<IReadOnlyList<Organization>>>
    {
        [CrossOrg("The operator's view of all organizations.")]
        private const string ListSql = $"""
            SELECT {Organization.Columns}
            FROM identity.organizations
            ORDER BY name
            """;

        public async Task<Result<IReadOnlyList<Organization>>> Handle(Request request, CancellationToken cancellationToken) =>
            Result.Of(await db.AcrossOrgs.List<Organization>(ListSql, args: null, cancellationToken));
    }
}
