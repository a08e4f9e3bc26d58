namespace Hoop.ServiceAccounts.Accounts;

/// <summary>
/// PUT /api/serviceaccounts/{subject}. Sets the status, replaces the groups, and the name when one is given. Setting <c>inactive</c> revokes:
/// the next request with a token of this account is refused.
/// </summary>
internal static class UpdateServiceAccount
{
    public static void Map(RouteGroupBuilder accounts) => accounts
        .MapPut("/{**subject}", async (string subject, Body body, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(subject, body.Subject, body.Name, body.Status, body.Groups), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Body(string? Subject, string? Name, string? Status, string[]? Groups);

    /// <param name="BodySubject">May be left out; when it is there it must be the one of the path, because a subject never changes.</param>
    internal sealed record Request(string Subject, string? BodySubject, string? Name, string? Status, string[]? Groups) : ICommand<ServiceAccount>
    {
        public AuditEntry Audit(ServiceAccount value) => value.Audited(AuditAction.Update);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            RuleFor(request => request.BodySubject)
                .Must((request, subject) => string.IsNullOrEmpty(subject) || subject == request.Subject)
                .WithMessage("subject: cannot be changed; delete the account and create another").OverridePropertyName("subject");
            ServiceAccountRules.Status(RuleFor(request => request.Status));
            ServiceAccountRules.Name(RuleFor(request => request.Name));
            ServiceAccountRules.Groups(RuleFor(request => request.Groups));
        }
    }

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<ServiceAccount>>
    {
        private const string UpdateSql = $"""
            UPDATE service_accounts.accounts
            SET status = @Status, groups = @Groups, name = coalesce(nullif(@Name, ''), name), updated_at = now()
            WHERE org_id = @OrgId AND subject = @Subject
            RETURNING {ServiceAccount.Columns}
            """;

        public async Task<Result<ServiceAccount>> Handle(Request request, CancellationToken cancellationToken)
        {
            var change = new { request.Subject, request.Status, Groups = request.Groups ?? [], request.Name };
            return await db.Of(caller.OrgId).Find<ServiceAccount>(UpdateSql, change, cancellationToken) is { } account ? account : ServiceAccountErrors.NotFound;
        }
    }
}
