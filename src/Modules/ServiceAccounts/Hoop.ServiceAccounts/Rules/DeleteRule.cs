namespace Hoop.ServiceAccounts.Rules;

/// <summary>DELETE /api/serviceaccounts/rules/{id}. The accounts that follow from it are refused from the answer on.</summary>
internal static class DeleteRule
{
    public static void Map(RouteGroupBuilder rules) => rules
        .MapDelete("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToNoContent())
        .RequireAuthorization(Policies.Admin);

    internal sealed record Request(Guid Id) : ICommand<RuleView>
    {
        public AuditEntry Audit(RuleView value) => value.Audited(AuditAction.Delete);
    }

    internal sealed class Handler(Db db, ICaller caller, IPublisher publisher) : IRequestHandler<Request, Result<RuleView>>
    {
        private const string DeleteSql = $"""
            DELETE FROM service_accounts.rules AS r
            WHERE r.org_id = @OrgId AND r.id = @Id
            RETURNING {StoredRule.Columns}
            """;

        public async Task<Result<RuleView>> Handle(Request request, CancellationToken cancellationToken)
        {
            db.Announce(StoredRule.Topic, ChangeKey.Of(caller.OrgId));
            if (await db.Of(caller.OrgId).Find<StoredRule>(DeleteSql, new { request.Id }, cancellationToken) is not { } deleted)
            {
                return RuleErrors.NotFound;
            }

            await publisher.Publish(deleted.Leaving("service_account_rule_deleted"), cancellationToken);
            return deleted.ToView();
        }
    }
}
