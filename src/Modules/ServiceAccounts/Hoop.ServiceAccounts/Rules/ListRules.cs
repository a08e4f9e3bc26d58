using Microsoft.AspNetCore.Http;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>GET /api/serviceaccounts/rules. The organization's, by name.</summary>
internal static class ListRules
{
    public static void Map(RouteGroupBuilder rules) => rules
        .MapGet("/", async ([AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(PageQuery Page) : IQuery<Page<RuleView>>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<RuleView>>>
    {
        private const string ListSql = $"""
            SELECT {StoredRule.Columns}
            FROM service_accounts.rules AS r
            WHERE r.org_id = @OrgId AND (@After::text IS NULL OR r.name > @After)
            ORDER BY r.name
            LIMIT @Limit
            """;

        public async Task<Result<Page<RuleView>>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!Paging.Of(request.Page, new PageCursor("service_account_rules", caller.OrgId)).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var args = new { After = paging.After?[0], paging.Limit };
            var rows = await db.Of(caller.OrgId).List<StoredRule>(ListSql, args, cancellationToken);
            return paging.Page([.. rows.Select(row => row.ToView())], row => [row.Name]);
        }
    }
}
