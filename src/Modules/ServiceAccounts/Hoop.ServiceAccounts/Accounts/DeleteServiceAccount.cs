namespace Hoop.ServiceAccounts.Accounts;

/// <summary>DELETE /api/serviceaccounts/{subject}. Its tokens are refused from now on.</summary>
internal static class DeleteServiceAccount
{
    public static void Map(RouteGroupBuilder accounts) => accounts
        .MapDelete("/{**subject}", async (string subject, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(subject), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(string Subject) : ICommand<ServiceAccount>
    {
        public AuditEntry Audit(ServiceAccount value) => value.Audited(AuditAction.Delete);
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<ServiceAccount>>
    {
        private const string DeleteSql = $"""
            DELETE FROM service_accounts.accounts
            WHERE org_id = @OrgId AND subject = @Subject
            RETURNING {ServiceAccount.Columns}
            """;

        public async Task<Result<ServiceAccount>> Handle(Request request, CancellationToken cancellationToken) =>
            await db.Of(caller.OrgId).Find<ServiceAccount>(DeleteSql, new { request.Subject }, cancellationToken) is { } account ? account : ServiceAccountErrors.NotFound;
    }
}
