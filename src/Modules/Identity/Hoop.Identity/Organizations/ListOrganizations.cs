using Microsoft.AspNetCore.Http;

namespace Hoop.Identity.Organizations;

/// <summary>GET /api/orgs. All tenants, by name; the operator alone sees them.</summary>
internal static class ListOrganizations
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapGet("/", async ([AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Operator);

    internal sealed record Request(PageQuery Page) : IQuery<Page<Organization>>;

    internal sealed class Handler(Db db) : IRequestHandler<Request, Result<Page<Organization>>>
    {
        [CrossOrg("The operator's view of all organizations.")]
        private const string ListSql = $"""
            SELECT {Organization.Columns}
            FROM identity.organizations
            WHERE (@After::text IS NULL OR name > @After)
            ORDER BY name
            LIMIT @Limit
            """;

        public async Task<Result<Page<Organization>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor("organizations", Guid.Empty);
            if (!Paging.Of(request.Page, cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var rows = await db.AcrossOrgs.List<Organization>(ListSql, new { After = paging.After?[0], paging.Limit }, cancellationToken);
            return paging.Page(rows, row => [row.Name]);
        }
    }
}
