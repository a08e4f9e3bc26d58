namespace Hoop.Identity.Organizations;

/// <summary>GET /api/orgs/{id}. One tenant; the operator alone sees it.</summary>
internal static class GetOrganization
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapGet("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Operator);

    internal sealed record Request(Guid Id) : IQuery<Organization>;

    internal sealed class Handler(Db db) : IRequestHandler<Request, Result<Organization>>
    {
        private const string GetSql = $"""
            SELECT {Organization.Columns}
            FROM identity.organizations
            WHERE id = @OrgId
            """;

        public async Task<Result<Organization>> Handle(Request request, CancellationToken cancellationToken) =>
            await db.Of(request.Id).Find<Organization>(GetSql, args: null, cancellationToken) is { } organization
                ? organization
                : OrganizationErrors.NotFound;
    }
}
