using Hoop.Shared.Quotas;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>
/// POST /api/serviceaccounts/rules. Tokens of an issuer that fulfil all conditions have an account from then on, without one being
/// registered for each subject.
/// </summary>
internal static class CreateRule
{
    public const string Example = """
        {
          "name": "deploy", "issuer": "https://token.actions.githubusercontent.com",
          "github": { "owner": "octo-org", "repository": "octo-org/octo-repo", "branch": "main" },
          "conditions": [{ "claim": "repository_owner_id", "equals": "6004" }],
          "account_name": "github:{repository}", "groups": ["deployers"]
        }
        """;

    public static void Map(RouteGroupBuilder rules) => rules
        .MapPost("/", async (Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request, cancellationToken)).ToCreated())
        .RequireAuthorization(Policies.Admin)
        .WithBody(Example);

    internal sealed record Request : RuleInput, ICommand<RuleView>
    {
        public AuditEntry Audit(RuleView value) => value.Audited(AuditAction.Create);
    }

    internal sealed class Validator : RuleRules<Request>;

    internal sealed class Handler(Db db, ICaller caller, QuotaCheck quota, RuleIssuer issuers, IPublisher publisher)
        : IRequestHandler<Request, Result<RuleView>>
    {
        // In the order in which rules are asked (RuleLookup).
        private const string WeakerSql = $"""
            SELECT {StoredRule.Columns}
            FROM service_accounts.rules AS r
            WHERE r.org_id = @OrgId AND r.issuer = @Issuer
              AND (r.priority < @Priority OR (r.priority = @Priority AND r.name > @Name))
            """;

        private const string CreateSql = $"""
            INSERT INTO service_accounts.rules AS r (id, org_id, name, issuer, priority, settings)
            VALUES (@Id, @OrgId, @Name, @Issuer, @Priority, @Settings::jsonb)
            ON CONFLICT (org_id, name) DO NOTHING
            RETURNING {StoredRule.Columns}
            """;

        public async Task<Result<RuleView>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(StoredRule.Topic, ChangeKey.Of(caller.OrgId));
            if (await issuers.Problem(request.Issuer!, cancellationToken) is { } unknown)
            {
                return unknown;
            }

            if (await quota.Refuses(caller.OrgId, StoredRule.Quota, cancellationToken) is { } full)
            {
                return full;
            }

            var row = new
            {
                Id = RowId.Next(),
                request.Name,
                request.Issuer,
                Priority = request.Priority ?? 0,
                Settings = request.Settings.ToStored(),
            };
            if (await db.Of(caller.OrgId).Find<StoredRule>(CreateSql, row, cancellationToken) is not { } created)
            {
                return RuleErrors.AlreadyExists;
            }

            // Whom a weaker rule let in may be taken by this one, with other rights.
            var weaker = new { request.Issuer, row.Priority, request.Name };
            foreach (var rule in await db.Of(caller.OrgId).List<StoredRule>(WeakerSql, weaker, cancellationToken))
            {
                await publisher.Publish(rule.Leaving("service_account_rule_created"), cancellationToken);
            }

            return created.ToView(issuers.Warnings(request));
        }
    }
}
