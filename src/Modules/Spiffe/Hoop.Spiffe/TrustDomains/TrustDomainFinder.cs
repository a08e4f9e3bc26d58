using Hoop.Shared;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>One trust domain of the caller's organization by id: the configured one or a row.</summary>
internal sealed class TrustDomainFinder(Db db, ICaller caller, SpiffeOptions options, TrustDomainDirectory directory)
{
    private const string GetSql = $"""
        SELECT {StoredTrustDomain.Columns}
        FROM spiffe.trust_domains AS t
        WHERE t.org_id = @OrgId AND t.id = @Id
        """;

    /// <summary>The configured one cannot be changed through the API.</summary>
    public bool IsConfigured(Guid id) => options.Configured?.Id == id && caller.OrgId == DefaultOrganization.Id;

    public async Task<TrustDomainView?> Find(Guid id, CancellationToken cancellationToken)
    {
        if (IsConfigured(id))
        {
            return TrustDomainView.Of(options.Configured!, directory.StateOf(options.Configured!.Name.Name, caller.OrgId));
        }

        var row = await db.Of(caller.OrgId).Find<StoredTrustDomain>(GetSql, new { Id = id }, cancellationToken);
        return row is null ? null : TrustDomainView.Of(row, directory.StateOf(row.Name, row.OrgId));
    }
}
