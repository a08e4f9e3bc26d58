namespace Hoop.ServiceAccounts.Accounts;

/// <summary>GET /api/serviceaccounts/{subject}. A subject may hold slashes.</summary>
internal static class GetServiceAccount
{
    public static void Map(RouteGroupBuilder accounts) => accounts
        .MapGet("/{**subject}", async (string subject, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(subject), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(string Subject) : IQuery<ServiceAccount>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<ServiceAccount>>
    {
        private const string GetSql = $"""
            SELECT {ServiceAccount.Columns}
            FROM service_accounts.accounts
            WHERE org_id = @OrgId AND subject = @Subject
            """;

        public async Task<Result<ServiceAccount>> Handle(Request request, CancellationToken cancellationToken) =>
            await db.Of(caller.OrgId).Find<ServiceAccount>(GetSql, new { request.Subject }, cancellationToken) is { } account ? account : ServiceAccountErrors.NotFound;
    }
}
