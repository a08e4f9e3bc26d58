using Microsoft.AspNetCore.Http;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>GET /api/trust-domains. The organization's, by name; the configured one belongs to the default organization.</summary>
internal static class ListTrustDomains
{
    public static void Map(RouteGroupBuilder trustDomains) => trustDomains
        .MapGet("/", async ([AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(PageQuery Page) : IQuery<Page<TrustDomainView>>;

    internal sealed class Handler(
        Db db,
        ICaller caller,
        SpiffeOptions options,
        TrustDomainDirectory directory) : IRequestHandler<Request, Result<Page<TrustDomainView>>>
    {
        private const string ListSql = $"""
            SELECT {StoredTrustDomain.Columns}
            FROM spiffe.trust_domains AS t
            WHERE t.org_id = @OrgId
              AND (@After::text IS NULL OR t.name > @After)
            ORDER BY t.name
            LIMIT @Limit
            """;

        public async Task<Result<Page<TrustDomainView>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor("trust_domains", caller.OrgId);
            if (!Paging.Of(request.Page, cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var after = paging.After?[0];
            var rows = await db.Of(caller.OrgId).List<StoredTrustDomain>(ListSql, new { After = after, paging.Limit }, cancellationToken);
            var stored = rows.Select(row => TrustDomainView.Of(row, directory.StateOf(row.Name, row.OrgId)));
            IEnumerable<TrustDomainView> configured = after is null
                && options.Configured is { } one
                && one.IsFor(caller.OrgId, one.Name.Name)
                ? [TrustDomainView.Of(one, directory.StateOf(one.Name.Name, caller.OrgId))]
                : [];

            // The configured one is before all others, whatever its name: so is the empty name.
            var first = configured.Select(view => (Key: "", View: view));
            var (page, next) = paging.Page([.. first, .. stored.Select(view => (Key: view.Name, View: view))], row => [row.Key]);
            return new Page<TrustDomainView>([.. page.Select(row => row.View)], next);
        }
    }
}
