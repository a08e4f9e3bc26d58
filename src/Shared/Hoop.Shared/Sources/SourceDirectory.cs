using System.Collections.Frozen;
using Hoop.Shared.Data;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Sources;

/// <summary>
/// The sources of keys that this gateway verifies with: those of its configuration, and the rows of the database. An immutable table is
/// replaced as a whole, so a token is judged by one state. It may be a moment old; whoever grants access compares
/// <see cref="IWatchedSource.Version"/> with the row.
/// </summary>
public abstract class SourceDirectory<TEntry>(IServiceScopeFactory scopes, TimeProvider clock) : IAsyncDisposable
    where TEntry : class, IWatchedSource
{
    // Tokens of made-up sources must not turn into a flood of statements.
    private static readonly TimeSpan BetweenCatchUps = TimeSpan.FromSeconds(1);

    // A source of the configuration that is slow does not hold up the start.
    private static readonly TimeSpan FirstLoadWithin = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _reading = new(1);
    private volatile Table _table = new([]);
    private long _caughtUpAt = long.MinValue;

    public IReadOnlyList<TEntry> Entries => _table.All;

    /// <summary>All of one name, those of the configuration first.</summary>
    public IReadOnlyList<TEntry> FindAll(string key) => _table.ByKey.GetValueOrDefault(key) ?? [];

    /// <summary>The one of this name, where there can be only one.</summary>
    public TEntry? Find(string key) => FindAll(key) is [var first, ..] ? first : null;

    public TEntry? FindById(Guid id) => _table.ById.GetValueOrDefault(id);

    /// <summary>Begins with the sources of the configuration, and waits for their first load, but not long.</summary>
    protected Task Begin(IReadOnlyList<TEntry> configured, CancellationToken cancellationToken)
    {
        _table = new Table(configured);
        return Task.WhenAny(
            Task.WhenAll(configured.Select(entry => entry.Start())), Task.Delay(FirstLoadWithin, clock, cancellationToken));
    }

    /// <summary>The rows as they are now.</summary>
    protected abstract Task<IReadOnlyList<RowVersion>> ListVersions(Db db, CancellationToken cancellationToken);

    /// <summary>Reads rows, and makes an entry of each that counts.</summary>
    protected abstract Task<IReadOnlyList<TEntry>> Open(Db db, Guid[] ids, CancellationToken cancellationToken);

    /// <summary>Makes the table agree with the database. Inline keys count when it returns; others load in the background.</summary>
    public async Task Reread(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            var versions = await ListVersions(db, cancellationToken);
            var known = _table.All.Where(entry => entry.Version is not null).ToDictionary(entry => (entry.Id, entry.Version!.Value));
            var changed = versions.Where(row => !known.ContainsKey((row.Id, row.UpdatedAt))).Select(row => row.Id).ToArray();
            var opened = changed.Length == 0 ? [] : await Open(db, changed, cancellationToken);
            var kept = versions.Select(row => known.GetValueOrDefault((row.Id, row.UpdatedAt))).OfType<TEntry>();
            await Replace([.. kept, .. opened]);
        }
        finally
        {
            _reading.Release();
        }
    }

    /// <summary>For a token of an unknown source: reads again unless that was done just now.</summary>
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
        foreach (var entry in _table.All)
        {
            await entry.DisposeAsync();
        }

        _reading.Dispose();
        GC.SuppressFinalize(this);
    }

    private async Task Replace(IReadOnlyList<TEntry> stored)
    {
        var before = _table;
        foreach (var entry in stored.Where(entry => !before.Holds(entry)))
        {
            var loaded = entry.Start();
            if (entry.IsInline)
            {
                await loaded;
            }
        }

        var after = new Table([.. before.All.Where(entry => entry.Version is null), .. stored]);
        _table = after;
        foreach (var gone in before.All.Where(entry => !after.Holds(entry)))
        {
            await gone.DisposeAsync();
        }
    }

    private sealed class Table(IReadOnlyList<TEntry> all)
    {
        public IReadOnlyList<TEntry> All => all;

        public FrozenDictionary<string, TEntry[]> ByKey { get; } = all
            .GroupBy(entry => entry.Source, StringComparer.Ordinal)
            .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);

        public FrozenDictionary<Guid, TEntry> ById { get; } = all.ToFrozenDictionary(entry => entry.Id);

        public bool Holds(TEntry entry) => ById.TryGetValue(entry.Id, out var same) && ReferenceEquals(same, entry);
    }
}
