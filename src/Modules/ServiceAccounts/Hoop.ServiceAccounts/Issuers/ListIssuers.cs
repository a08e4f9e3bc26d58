using Microsoft.AspNetCore.Http;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>GET /api/issuers. The organization's, by URL; the one of the configuration is first.</summary>
internal static class ListIssuers
{
    public static void Map(RouteGroupBuilder issuers) => issuers
        .MapGet("/", async ([AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(PageQuery Page) : IQuery<Page<IssuerView>>;

    internal sealed class Handler(Db db, ICaller caller, IssuerFinder finder) : IRequestHandler<Request, Result<Page<IssuerView>>>
    {
        private const string ListSql = $"""
            SELECT {StoredIssuer.Columns}
            FROM service_accounts.issuers AS i
            WHERE i.org_id = @OrgId
              AND (@After::text IS NULL OR i.issuer > @After)
            ORDER BY i.issuer
            LIMIT @Limit
            """;

        public async Task<Result<Page<IssuerView>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!Paging.Of(request.Page, new PageCursor("issuers", caller.OrgId)).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var after = paging.After?[0];
            var rows = await db.Of(caller.OrgId).List<StoredIssuer>(ListSql, new { After = after, paging.Limit }, cancellationToken);
            var stored = rows.Select(row => (Key: row.Issuer, View: finder.ViewOf(row)));
            IEnumerable<(string Key, IssuerView View)> first = after is null && finder.ConfiguredView is { } one ? [("", one)] : [];
            var (page, next) = paging.Page([.. first, .. stored], row => [row.Key]);
            return new Page<IssuerView>([.. page.Select(row => row.View)], next);
        }
    }
}
