using System.Text.Json.Serialization;
using Npgsql;

namespace Hoop.ServiceAccounts.Rules;

/// <summary>PUT /api/serviceaccounts/rules/{id}. Replaces the whole rule; tokens are judged by the new one from the answer on.</summary>
internal static class UpdateRule
{
    public static void Map(RouteGroupBuilder rules) => rules
        .MapPut("/{id:uuid}", async (Guid id, Request request, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(request with { Id = id }, cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Admin)
        .WithBody(CreateRule.Example);

    internal sealed record Request : RuleInput, ICommand<RuleView>
    {
        [JsonIgnore]
        public Guid Id { get; init; }

        public AuditEntry Audit(RuleView value) => value.Audited(AuditAction.Update);
    }

    internal sealed class Validator : RuleRules<Request>;

    internal sealed class Handler(Db db, ICaller caller, RuleIssuer issuers, IPublisher publisher)
        : IRequestHandler<Request, Result<RuleView>>
    {
        private const string FindSql = $"""
            SELECT {StoredRule.Columns}
            FROM service_accounts.rules AS r
            WHERE r.org_id = @OrgId AND r.id = @Id
            FOR UPDATE
            """;

        private const string UpdateSql = $"""
            UPDATE service_accounts.rules AS r
            SET name = @Name, issuer = @Issuer, priority = @Priority, settings = @Settings::jsonb, updated_at = now()
            WHERE r.org_id = @OrgId AND r.id = @Id
            RETURNING {StoredRule.Columns}
            """;

        public async Task<Result<RuleView>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(StoredRule.Topic, ChangeKey.Of(caller.OrgId));
            if (await issuers.Problem(request.Issuer!, cancellationToken) is { } unknown)
            {
                return unknown;
            }

            var row = new
            {
                request.Id,
                request.Name,
                request.Issuer,
                Priority = request.Priority ?? 0,
                Settings = request.Settings.ToStored(),
            };
            try
            {
                if (await db.Of(caller.OrgId).Find<StoredRule>(FindSql, new { request.Id }, cancellationToken) is not { } was
                    || await db.Of(caller.OrgId).Find<StoredRule>(UpdateSql, row, cancellationToken) is not { } updated)
                {
                    return RuleErrors.NotFound;
                }

                // What was made with the rights of before.
                await publisher.Publish(was.Leaving("service_account_rule_updated"), cancellationToken);
                return updated.ToView(issuers.Warnings(request));
            }
            catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == "rules_name_unique")
            {
                return RuleErrors.AlreadyExists;
            }
        }
    }
}
