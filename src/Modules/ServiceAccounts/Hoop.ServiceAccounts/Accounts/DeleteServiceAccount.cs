using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>DELETE /api/serviceaccounts/{subject}, or ?subject=. Its tokens are refused from now on.</summary>
internal static class DeleteServiceAccount
{
    public static void Map(RouteGroupBuilder accounts)
    {
        accounts.MapDelete(
            Routes.ByPath, async (string subject, [FromQuery] string? issuer, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(new AccountAddress(subject, issuer)), cancellationToken)).ToNoContent())
            .RequireAuthorization(Policies.Admin);
        accounts.MapDelete("/", async ([AsParameters] AccountQuery query, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(new Request(new AccountAddress(query.Subject ?? "", query.Issuer)), cancellationToken)).ToNoContent())
            .RequireAuthorization(Policies.Admin)
            .WithName("DeleteServiceAccountBySubject");
    }

    internal sealed record Request(AccountAddress Address) : ICommand<ServiceAccount>
    {
        public AuditEntry Audit(ServiceAccount value) => value.Audited(AuditAction.Delete);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator() => ServiceAccountRules.Address(RuleFor(request => request.Address));
    }

    internal sealed class Handler(
        Db db, ICaller caller, AccountFinder accounts, IPublisher publisher) : IRequestHandler<Request, Result<ServiceAccount>>
    {
        private const string DeleteSql = $"""
            DELETE FROM service_accounts.accounts
            WHERE org_id = @OrgId AND issuer = @Issuer AND subject = @Subject
            RETURNING {ServiceAccount.Columns}
            """;

        public async Task<Result<ServiceAccount>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(ServiceAccount.Topic, ServiceAccount.KeyOf(caller.OrgId, request.Address.Subject));
            if (!(await accounts.Find(request.Address, cancellationToken)).Succeeded(out var found, out var error))
            {
                return error;
            }

            if (await db.Of(caller.OrgId).Find<ServiceAccount>(
                DeleteSql, new { found.Issuer, found.Subject }, cancellationToken) is not { } account)
            {
                return ServiceAccountErrors.NotFound;
            }

            await publisher.Publish(account.Leaving("service_account_deleted"), cancellationToken);
            return account;
        }
    }
}
