using Hoop.Shared;
using Hoop.Shared.Sources;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>The trust domains that this gateway verifies for: the configured one and the rows of the database.</summary>
internal sealed class TrustDomainDirectory(
    SpiffeOptions options,
    BundleKeys keys,
    IServiceScopeFactory scopes,
    TimeProvider clock,
    ILogger<TrustDomainDirectory> logger) : SourceDirectory<TrustDomainEntry>(scopes, clock)
{
    [CrossOrg("Tokens of every organization arrive here.")]
    private const string ListVersionsSql = """
        SELECT id, updated_at
        FROM spiffe.trust_domains
        """;

    [CrossOrg("Tokens of every organization arrive here.")]
    private const string ListChangedSql = $"""
        SELECT {StoredTrustDomain.Columns}
        FROM spiffe.trust_domains AS t
        WHERE t.id = ANY (@Ids)
        """;

    /// <summary>The state of a trust domain's bundle on this gateway.</summary>
    public BundleState StateOf(string name, Guid orgId) =>
        !options.Enforced ? BundleState.Disabled
        : Find(name) is { } entry && entry.OrgId == orgId ? entry.State
        : BundleState.Loading;

    /// <summary>
    /// The entry of what was just read from the database, which may have been written a moment ago: then the table is read again first,
    /// so that a refresh right after a creation fetches.
    /// </summary>
    public async Task<TrustDomainEntry?> FindCurrent(TrustDomainView row, CancellationToken cancellationToken)
    {
        if (options.Enforced && !IsCurrent(row))
        {
            await Reread(cancellationToken);
        }

        return Find(row.Name) is { } entry && entry.OrgId == row.OrgId ? entry : null;
    }

    public Task Start(CancellationToken cancellationToken)
    {
        var (name, source) = options.Configured!;
        var entry = new TrustDomainEntry(
            options.Configured.Id,
            DefaultOrganization.Id,
            name,
            Version: null,
            keys.Open(name, source, period: null, SpiffeOptions.Outbound));
        return Begin([entry], cancellationToken);
    }

    protected override Task<IReadOnlyList<RowVersion>> ListVersions(Db db, CancellationToken cancellationToken) =>
        db.AcrossOrgs.List<RowVersion>(ListVersionsSql, args: null, cancellationToken);

    protected override async Task<IReadOnlyList<TrustDomainEntry>> Open(Db db, Guid[] ids, CancellationToken cancellationToken)
    {
        var rows = await db.AcrossOrgs.List<StoredTrustDomain>(ListChangedSql, new { Ids = ids }, cancellationToken);
        return [.. rows.Select(Open).OfType<TrustDomainEntry>()];
    }

    private bool IsCurrent(TrustDomainView row) =>
        Find(row.Name) is { } entry && entry.OrgId == row.OrgId && entry.IsCurrent(row.UpdatedAt);

    private TrustDomainEntry? Open(StoredTrustDomain row)
    {
        if (options.Configured is { } configured && configured.Name.Name == row.Name)
        {
            logger.LogWarning(
                "The trust domain {TrustDomain} is configured by HOOP_SPIFFE_TRUST_DOMAIN; the one that was created by the API is ignored",
                row.Name);
            return null;
        }

        if (!TrustDomain.TryParse(row.Name, out var name, out _))
        {
            return null;
        }

        var period = row.RefreshSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
        return new TrustDomainEntry(row.Id, row.OrgId, name, row.UpdatedAt, keys.Open(name, row.Source, period, options.TenantOutbound));
    }
}
