namespace Hoop.ServiceAccounts.Rules;

/// <summary>GET /api/serviceaccounts/rules/{id}.</summary>
internal static class GetRule
{
    public static void Map(RouteGroupBuilder rules) => rules
        .MapGet("/{id:uuid}", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request(Guid Id) : IQuery<RuleView>;

    internal sealed class Handler(Db db, ICaller caller) : IRequestHandler<Request, Result<RuleView>>
    {
        private const string GetSql = $"""
            SELECT {StoredRule.Columns}
            FROM service_accounts.rules AS r
            WHERE r.org_id = @OrgId AND r.id = @Id
            """;

        public async Task<Result<RuleView>> Handle(Request request, CancellationToken cancellationToken) =>
            await db.Of(caller.OrgId).Find<StoredRule>(GetSql, new { request.Id }, cancellationToken) is { } row
                ? row.ToView()
                : RuleErrors.NotFound;
    }
}
