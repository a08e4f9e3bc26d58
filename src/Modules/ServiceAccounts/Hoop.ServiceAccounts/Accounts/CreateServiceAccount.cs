using Hoop.ServiceAccounts.Issuers;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>POST /api/serviceaccounts. Registers a subject of the organization's identity provider.</summary>
internal static class CreateServiceAccount
{
    public static void Map(RouteGroupBuilder accounts) => accounts
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody("""{ "subject": "ci-pipeline", "name": "CI", "status": "active", "groups": ["deployers"] }""");

    /// <param name="Issuer">Left out: that of the configuration, or the organization's only one.</param>
    internal sealed record Request(
        string? Subject, string? Name, string? Status, string[]? Groups, string? Issuer, string? Owner, string? ExpiresAt)
        : ICommand<ServiceAccount>
    {
        public AuditEntry Audit(ServiceAccount value) => value.Audited(AuditAction.Create);
    }

    internal sealed class Validator : AbstractValidator<Request>
    {
        public Validator()
        {
            ServiceAccountRules.Subject(RuleFor(request => request.Subject));
            ServiceAccountRules.Status(RuleFor(request => request.Status));
            ServiceAccountRules.Name(RuleFor(request => request.Name));
            ServiceAccountRules.Groups(RuleFor(request => request.Groups));
            ServiceAccountRules.Owner(RuleFor(request => request.Owner));
            ServiceAccountRules.ExpiresAt(RuleFor(request => request.ExpiresAt));
        }
    }

    internal sealed class Handler(Db db, ICaller caller, IssuerFinder issuers, IPublisher publisher)
        : IRequestHandler<Request, Result<ServiceAccount>>
    {
        private const string CreateSql = $"""
            INSERT INTO service_accounts.accounts (id, org_id, issuer, subject, name, status, groups, owner, expires_at)
            SELECT CASE WHEN EXISTS (SELECT 1 FROM service_accounts.accounts WHERE org_id = @OrgId AND id = @Id)
                     THEN @IdWithIssuer ELSE @Id END,
                   @OrgId, @Issuer, @Subject, @Name, @Status, @Groups, @Owner, @ExpiresAt
            ON CONFLICT (org_id, issuer, subject) DO NOTHING
            RETURNING {ServiceAccount.Columns}
            """;

        public async Task<Result<ServiceAccount>> Handle(Request request, CancellationToken cancellationToken)
        {
            if (!IssuerOf(request, await issuers.Names(cancellationToken)).Succeeded(out var issuer, out var error))
            {
                return error;
            }

            db.Announce(ServiceAccount.Topic, ServiceAccount.KeyOf(caller.OrgId, request.Subject!));
            var row = new
            {
                Id = ServiceAccount.IdOf(request.Subject!),
                IdWithIssuer = ServiceAccount.IdOf(issuer, request.Subject!),
                Issuer = issuer,
                request.Subject,
                Name = request.Name ?? "",
                request.Status,
                Groups = request.Groups ?? [],
                Owner = request.Owner is "" ? null : request.Owner,
                ExpiresAt = Expiry.Of(request.ExpiresAt),
            };
            if (await db.Of(caller.OrgId).Find<ServiceAccount>(CreateSql, row, cancellationToken) is not { } created)
            {
                return ServiceAccountErrors.AlreadyExists;
            }

            // A rule may have let in the same name until now, with other rights.
            await publisher.Publish(created.Leaving("service_account_created"), cancellationToken);
            return created;
        }

        private Result<string> IssuerOf(Request request, IReadOnlyList<string> trusted) => (trusted, request.Issuer) switch
        {
            ([], _) => ServiceAccountErrors.NoIssuer,
            ([var only], null or "") => only,
            (_, null or "") when issuers.Configured is { } configured => configured.Issuer,
            (_, null or "") => ServiceAccountErrors.SeveralIssuers(trusted),
            (_, { } named) => trusted.Contains(named, StringComparer.Ordinal) ? named : ServiceAccountErrors.UnknownIssuer,
        };
    }
}
