using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>
/// PUT /api/serviceaccounts/{subject}, or ?subject=. Sets the status, replaces the groups, and name, owner and end when they are given.
/// Setting <c>inactive</c> revokes: the next request with a token of this account is refused.
/// </summary>
internal static class UpdateServiceAccount
{
    public static void Map(RouteGroupBuilder accounts)
    {
        accounts.MapPut(
            Routes.ByPath,
            async (string subject, [FromQuery] string? issuer, Body body, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(body.About(new AccountAddress(subject, issuer)), cancellationToken)).ToOk())
            .RequireAuthorization(Policies.Admin)
            .WithBody("""{ "name": "CI", "status": "inactive", "groups": ["deployers"] }""");
        accounts.MapPut("/", async ([AsParameters] AccountQuery query, Body body, ISender sender, CancellationToken cancellationToken) =>
                (await sender.Send(body.About(new AccountAddress(query.Subject ?? "", query.Issuer)), cancellationToken)).ToOk())
            .RequireAuthorization(Policies.Admin)
            .WithBody("""{ "name": "CI", "status": "inactive", "groups": ["deployers"] }""")
            .WithName("UpdateServiceAccountBySubject");
    }

    internal sealed record Body(string? Subject, string? Name, string? Status, string[]? Groups, string? Owner, string? ExpiresAt)
    {
        public Request About(AccountAddress address) => new(address, Subject, Name, Status, Groups, Owner, ExpiresAt);
    }

    /// <param name="BodySubject">May be left out; when it is there it must be the one of the path, because a subject never changes.</param>
    internal sealed record Request(
        AccountAddress Address, string? BodySubject, string? Name, string? Status, string[]? Groups, string? Owner, string? ExpiresAt)
        : ICommand<ServiceAccount>
    {
        public AuditEntry Audit(ServiceAccount value) => value.Audited(AuditAction.Update);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            ServiceAccountRules.Address(RuleFor(request => request.Address));
            RuleFor(request => request.BodySubject)
                .Must((request, subject) => string.IsNullOrEmpty(subject) || subject == request.Address.Subject)
                .WithMessage("subject: cannot be changed; delete the account and create another").OverridePropertyName("subject");
            ServiceAccountRules.Status(RuleFor(request => request.Status));
            ServiceAccountRules.Name(RuleFor(request => request.Name));
            ServiceAccountRules.Groups(RuleFor(request => request.Groups));
            ServiceAccountRules.Owner(RuleFor(request => request.Owner));
            ServiceAccountRules.ExpiresAt(RuleFor(request => request.ExpiresAt));
        }
    }

    internal sealed class Handler(Db db, ICaller caller, AccountFinder accounts, IPublisher publisher)
        : IRequestHandler<Request, Result<ServiceAccount>>
    {
        private const string UpdateSql = $"""
            UPDATE service_accounts.accounts
            SET status = @Status, groups = @Groups, name = coalesce(nullif(@Name, ''), name),
                owner = nullif(coalesce(@Owner, owner), ''), expires_at = CASE WHEN @KeepsExpiry THEN expires_at ELSE @ExpiresAt END,
                updated_at = now()
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

            var change = new
            {
                found.Issuer,
                found.Subject,
                request.Status,
                Groups = request.Groups ?? [],
                request.Name,
                request.Owner,
                KeepsExpiry = string.IsNullOrEmpty(request.ExpiresAt),
                ExpiresAt = Expiry.Of(request.ExpiresAt),
            };
            if (await db.Of(caller.OrgId).Find<ServiceAccount>(UpdateSql, change, cancellationToken) is not { } account)
            {
                return ServiceAccountErrors.NotFound;
            }

            // What it made with rights that it has no more, or would keep for longer than the account lasts now.
            if (account.Status != ServiceAccount.Active
                || account.ExpiresAt < (found.ExpiresAt ?? DateTime.MaxValue)
                || found.Groups.Except(account.Groups, StringComparer.Ordinal).Any())
            {
                await publisher.Publish(account.Leaving("service_account_updated"), cancellationToken);
            }

            return account;
        }
    }
}
