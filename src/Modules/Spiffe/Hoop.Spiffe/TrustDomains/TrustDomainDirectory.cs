using System.Collections.Frozen;
using Hoop.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// The trust domains that this gateway verifies for: the configured one and the rows of the database. An immutable table is replaced as
/// a whole, so a token is judged by one state. It may be a moment old; whoever grants access compares
/// <see cref="TrustDomainEntry.Version"/> with the row.
/// </summary>
internal sealed class TrustDomainDirectory(
    SpiffeOptions options,
    BundleKeys keys,
    IServiceScopeFactory scopes,
    TimeProvider clock,
    ILogger<TrustDomainDirectory> logger) : IAsyncDisposable
{
    // Tokens of made-up trust domains must not turn into a flood of statements.
    private static readonly TimeSpan BetweenCatchUps = TimeSpan.FromSeconds(1);

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

    private readonly SemaphoreSlim _reading = new(1);
    private volatile FrozenDictionary<string, TrustDomainEntry> _entries = FrozenDictionary<string, TrustDomainEntry>.Empty;
    private long _caughtUpAt = long.MinValue;

    public IReadOnlyList<TrustDomainEntry> Entries => _entries.Values;

    public TrustDomainEntry? Find(string name) => _entries.GetValueOrDefault(name);

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

    /// <summary>Begins with the configured trust domain and waits for its first load, but not long.</summary>
    public async Task Start(CancellationToken cancellationToken)
    {
        var (name, source) = options.Configured!;
        var entry = new TrustDomainEntry(
            options.Configured.Id,
            DefaultOrganization.Id,
            name,
            Version: null,
            keys.Open(name, source, period: null, SpiffeOptions.Outbound));
        _entries = new[] { entry }.ToFrozenDictionary(one => one.Name.Name, StringComparer.Ordinal);
        await Task.WhenAny(entry.Keys.Start(), Task.Delay(TimeSpan.FromSeconds(2), clock, cancellationToken));
    }

    /// <summary>Makes the table agree with the database. Inline bundles count when it returns; others load in the background.</summary>
    public async Task Reread(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            var versions = await db.AcrossOrgs.List<RowVersion>(ListVersionsSql, args: null, cancellationToken);
            var known = _entries.Values.ToDictionary(entry => (entry.Id, entry.Version));
            var changed = versions.Where(row => !known.ContainsKey((row.Id, row.UpdatedAt))).Select(row => row.Id).ToArray();
            var rows = changed.Length == 0
                ? []
                : await db.AcrossOrgs.List<StoredTrustDomain>(ListChangedSql, new { Ids = changed }, cancellationToken);

            var kept = versions.Select(row => known.GetValueOrDefault((row.Id, row.UpdatedAt))).OfType<TrustDomainEntry>();
            await Replace([.. kept, .. rows.Select(Open).OfType<TrustDomainEntry>()]);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>For a token of an unknown trust domain: reads again unless that was done just now.</summary>
    public async Task<bool> CatchUp(CancellationToken cancellationToken)
    {
        var (now, before) = (clock.GetTimestamp(), Volatile.Read(ref _caughtUpAt));
        var tooSoon = before != long.MinValue && clock.GetElapsedTime(before, now) < BetweenCatchUps;
        if (tooSoon || Interlocked.CompareExchange(ref _caughtUpAt, now, before) != before)
        {
            return false;
        }

        await Reread(cancellationToken);
        return true;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var entry in _entries.Values)
        {
            await entry.Keys.DisposeAsync();
        }

        _reading.Dispose();
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

    private async Task Replace(IReadOnlyList<TrustDomainEntry> stored)
    {
        var before = _entries;
        foreach (var entry in stored.Where(entry => !IsIn(before, entry)))
        {
            var loaded = entry.Keys.Start();
            if (entry.Keys.Name == "inline")
            {
                await loaded;
            }
        }

        var after = before.Values.Where(entry => entry.Version is null).Concat(stored)
            .ToFrozenDictionary(entry => entry.Name.Name, StringComparer.Ordinal);
        _entries = after;
        foreach (var gone in before.Values.Where(entry => !IsIn(after, entry)))
        {
            await gone.Keys.DisposeAsync();
        }
    }

    private static bool IsIn(FrozenDictionary<string, TrustDomainEntry> entries, TrustDomainEntry entry) =>
        entries.TryGetValue(entry.Name.Name, out var same) && ReferenceEquals(same, entry);

    private sealed record RowVersion(Guid Id, DateTime UpdatedAt);
}
