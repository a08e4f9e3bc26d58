namespace Hoop.Spiffe.TrustDomains;

/// <summary>GET /api/trust-domains. The organization's, by name; the configured one belongs to the default organization.</summary>
internal static class ListTrustDomains
{
    public static void Map(RouteGroupBuilder trustDomains) => trustDomains
        .MapGet("/", async (ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Auditor);

    internal sealed record Request : IQuery<IReadOnlyList<TrustDomainView>>;

    internal sealed class Handler(
        Db db,
        ICaller caller,
        SpiffeOptions options,
        TrustDomainDirectory directory) : IRequestHandler<Request, Result<IReadOnlyList<TrustDomainView>>>
    {
        private const string ListSql = $"""
            SELECT {StoredTrustDomain.Columns}
            FROM spiffe.trust_domains AS t
            WHERE t.org_id = @OrgId
            ORDER BY t.name
            """;

        public async Task<Result<IReadOnlyList<TrustDomainView>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var rows = await db.Of(caller.OrgId).List<StoredTrustDomain>(ListSql, args: null, cancellationToken);
            var stored = rows.Select(row => TrustDomainView.Of(row, directory.StateOf(row.Name, row.OrgId)));
            IEnumerable<TrustDomainView> configured = options.Configured is { } one && one.IsFor(caller.OrgId, one.Name.Name)
                ? [TrustDomainView.Of(one, directory.StateOf(one.Name.Name, caller.OrgId))]
                : [];
            return Result.Of<IReadOnlyList<TrustDomainView>>([.. configured, .. stored]);
        }
    }
}
