using Hoop.Shared.Quotas;

namespace Hoop.Identity.Organizations;

/// <summary>
/// GET /api/orgs/{id}/quotas. How much an organization may have of each kind, and whether the operator has set that for it.
/// </summary>
internal static class GetQuotas
{
    public static void Map(RouteGroupBuilder organizations) => organizations
        .MapGet("/{id:uuid}/quotas", async (Guid id, ISender sender, CancellationToken cancellationToken) =>
            (await sender.Send(new Request(id), cancellationToken)).ToOk())
        .RequireAuthorization(Policies.Operator)
        .WithName(nameof(GetQuotas));

    internal sealed record Request(Guid Id) : IQuery<IReadOnlyList<OrganizationQuota>>;

    internal sealed class Handler(QuotaRows rows) : IRequestHandler<Request, Result<IReadOnlyList<OrganizationQuota>>>
    {
        public async Task<Result<IReadOnlyList<OrganizationQuota>>> Handle(Request request, CancellationToken cancellationToken) =>
            await rows.Of(request.Id, cancellationToken) is { } quotas ? Result.Of(quotas) : Error.NotFound();
    }
}

/// <summary>A limit of one organization.</summary>
/// <param name="Most">What counts.</param>
/// <param name="Source"><c>organization</c> when the operator has set it for this one, else <c>gateway</c>.</param>
internal sealed record OrganizationQuota(string Kind, long Most, string Source);

/// <summary>The limits of one organization, all kinds.</summary>
internal sealed class QuotaRows(Db db, QuotaLimits limits)
{
    private const string ExistsSql = """
        SELECT true
        FROM identity.organizations
        WHERE id = @OrgId
        """;

    private const string ListSql = """
        SELECT kind, most
        FROM identity.quotas
        WHERE org_id = @OrgId
        """;

    /// <summary>Null when there is no such organization.</summary>
    public async Task<IReadOnlyList<OrganizationQuota>?> Of(Guid orgId, CancellationToken cancellationToken)
    {
        if (!await db.Of(orgId).Find<bool>(ExistsSql, args: null, cancellationToken))
        {
            return null;
        }

        var own = (
            await db.Of(orgId).List<Row>(ListSql, args: null, cancellationToken)).ToDictionary(
                row => row.Kind, row => row.Most, StringComparer.Ordinal);
        return [.. limits.Kinds.Select(kind => own.TryGetValue(kind, out var most)
            ? new OrganizationQuota(kind, most, "organization")
            : new OrganizationQuota(kind, limits.Of(kind), "gateway"))];
    }

    private sealed record Row(string Kind, long Most);
}
