using Microsoft.AspNetCore.Http;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>GET /api/trust-domain-names. All names that are held, by name; the operator alone sees them.</summary>
internal static class ListTrustDomainNames
{
    public static void Map(RouteGroupBuilder names) => names
        .MapGet("/", async ([AsParameters] PageQuery page, HttpContext context, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(page), cancellationToken)).ToPage(context))
        .RequireAuthorization(Policies.Operator)
        .WithName(nameof(ListTrustDomainNames));

    internal sealed record Request(PageQuery Page) : IQuery<Page<HeldName>>;

    internal sealed class Handler(Db db) : IRequestHandler<Request, Result<Page<HeldName>>>
    {
        [CrossOrg("The operator's view of all names.")]
        private const string ListSql = $"""
            SELECT {HeldName.Columns}
            FROM spiffe.trust_domain_names AS n
            WHERE (@After::text IS NULL OR n.name > @After)
            ORDER BY n.name
            LIMIT @Limit
            """;

        public async Task<Result<Page<HeldName>>> Handle(Request request, CancellationToken cancellationToken)
        {
            var cursor = new PageCursor("trust_domain_names", Guid.Empty);
            if (!Paging.Of(request.Page, cursor).Succeeded(out var paging, out var error))
            {
                return error;
            }

            var rows = await db.AcrossOrgs.List<HeldName>(ListSql, new { After = paging.After?[0], paging.Limit }, cancellationToken);
            return paging.Page(rows, row => [row.Name]);
        }
    }
}

/// <summary>A name and the organization that holds it.</summary>
/// <param name="GivenBy"><c>operator</c>, <c>proof</c>, <c>only_organization</c> (there was no other one), or <c>earlier</c> (from
/// before names were given).</param>
/// <param name="InUse">Whether a trust domain has it now.</param>
internal sealed record HeldName(string Name, Guid OrgId, string GivenBy, DateTime GivenAt, bool InUse)
{
    /// <summary>In the order of the constructor; the table's alias is <c>n</c>.</summary>
    public const string Columns = """
        n.name, n.org_id, n.given_by, n.given_at,
        EXISTS (SELECT FROM spiffe.trust_domains AS t WHERE t.name = n.name) AS in_use
        """;
}
