namespace Hoop.ServiceAccounts.Accounts;

/// <summary>GET /api/serviceaccounts. The organization's accounts, by subject. Admins and auditors: who may call is nobody else's business.</summary>
internal static class ListServiceAccounts
{
    public static void Map(RouteGroupBuilder accounts) => accounts
        .MapGet("/", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request : IQuery<IReadOnlyList<ServiceAccount>>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<IReadOnlyList<ServiceAccount>>>
    {
        private const string ListSql = $"""
            SELECT {ServiceAccount.Columns}
            FROM service_accounts.accounts
            WHERE org_id = @OrgId
            ORDER BY subject, issuer
            """;

        public async Task<Result<IReadOnlyList<ServiceAccount>>> Handle(Request request, CancellationToken cancellationToken) =>
            Result.Of(await db.Of(caller.OrgId).List<ServiceAccount>(ListSql, args: null, cancellationToken));
    }
}
