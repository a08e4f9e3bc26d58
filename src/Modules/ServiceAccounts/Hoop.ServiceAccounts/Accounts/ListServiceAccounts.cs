using Microsoft.AspNetCore.Http;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>
/// GET /api/serviceaccounts. The organization's accounts, by subject; ?subject= and ?issuer= select. Admins and auditors: who may
/// call is nobody else's business.
/// </summary>
internal static class ListServiceAccounts
{
    public static void Map(RouteGroupBuilder accounts) => accounts
        .MapGet("/", async ([AsParameters] AccountQuery query, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(query), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(AccountQuery Query) : IQuery<IReadOnlyList<ServiceAccount>>;

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            ServiceAccountRules.Text(RuleFor(request => request.Query.Subject), "subject");
            ServiceAccountRules.Text(RuleFor(request => request.Query.Issuer), "issuer");
        }
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<ServiceAccount>>>
    {
        private const string ListSql = $"""
            SELECT {ServiceAccount.Columns}
            FROM service_accounts.accounts
            WHERE org_id = @OrgId AND (@Subject::text IS NULL OR subject = @Subject) AND (@Issuer::text IS NULL OR issuer = @Issuer)
            ORDER BY subject, issuer
            """;

        public async Task<Result<IReadOnlyList<ServiceAccount>>> Handle(Request request, CancellationToken cancellationToken) =>
            Result.Of(
                await db.Of(caller.OrgId).List<ServiceAccount>(ListSql, new { request.Query.Subject, request.Query.Issuer },
                    cancellationToken));
    }
}
