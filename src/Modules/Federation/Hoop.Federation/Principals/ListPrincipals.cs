using Microsoft.AspNetCore.Http;

namespace Hoop.Federation.Principals;

/// <summary>GET /api/federation/principals. The accounts of the organization that belong to a user, and to whom.</summary>
internal static class ListPrincipals
{
    public static void Map(RouteGroupBuilder federation) => federation
        .MapGet(
            "/principals",
            async ([AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(PageQuery Page) : IQuery<Page<OwnedPrincipal>>;

    /// <param name="Owner">The address that the user had when the account became theirs.</param>
    /// <param name="OwnerId">The user's stable subject, which decides.</param>
    internal sealed record OwnedPrincipal(string Principal, string Owner, string OwnerId, DateTime CreatedAt);

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<OwnedPrincipal>>>
    {
        private const string ListSql = """
            SELECT principal, user_email AS owner, user_subject AS owner_id, created_at
            FROM federation.principal_owners
            WHERE org_id = @OrgId
              AND (@After::text IS NULL OR principal > @After)
            ORDER BY principal
            LIMIT @Limit
            """;

        public async Task<Result<Page<OwnedPrincipal>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!Paging.Of(request.Page, new PageCursor("principals", caller.OrgId)).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var rows = await db.Of(caller.OrgId).List<OwnedPrincipal>(
                ListSql, new { After = paging.After?[0], paging.Limit }, cancellationToken);
            return paging.Page(rows, row => [row.Principal]);
        }
    }
}
