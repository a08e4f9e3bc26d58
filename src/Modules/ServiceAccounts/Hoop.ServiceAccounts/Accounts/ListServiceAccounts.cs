using Microsoft.AspNetCore.Http;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>
/// GET /api/serviceaccounts. The organization's accounts, by subject; ?subject= and ?issuer= select. Admins and auditors: who may
/// call is nobody else's business.
/// </summary>
internal static class ListServiceAccounts
{
    public static void Map(RouteGroupBuilder accounts) => accounts
        .MapGet("/", async (
            [AsParameters] AccountQuery query, [AsParameters] PageQuery page, HttpContext context, ISender sender,
            CancellationToken cancellationToken) =>
            (await sender.Send(new Request(query, page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(AccountQuery Query, PageQuery Page) : IQuery<Page<ServiceAccount>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            ServiceAccountRules.Text(RuleFor(request => request.Query.Subject), "subject");
            ServiceAccountRules.Text(RuleFor(request => request.Query.Issuer), "issuer");
        }
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<Page<ServiceAccount>>>
    {
        private const string ListSql = $"""
            SELECT {ServiceAccount.Columns}
            FROM service_accounts.accounts
            WHERE org_id = @OrgId AND (@Subject::text IS NULL OR subject = @Subject) AND (@Issuer::text IS NULL OR issuer = @Issuer)
              AND (@AfterSubject::text IS NULL OR (subject, issuer) > (@AfterSubject, @AfterIssuer))
            ORDER BY subject, issuer
            LIMIT @Limit
            """;

        public async Task<Result<Page<ServiceAccount>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor("service_accounts", caller.OrgId, request.Query.Subject, request.Query.Issuer);
            if (!Paging.Of(request.Page, cursor, parts: 2).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var args = new
            {
                request.Query.Subject,
                request.Query.Issuer,
                AfterSubject = paging.After?[0],
                AfterIssuer = paging.After?[1],
                paging.Limit,
            };
            var rows = await db.Of(caller.OrgId).List<ServiceAccount>(ListSql, args, cancellationToken);
            return paging.Page(rows, row => [row.Subject, row.Issuer]);
        }
    }
}
