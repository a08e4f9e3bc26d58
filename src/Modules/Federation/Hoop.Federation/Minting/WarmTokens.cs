using System.Collections.Concurrent;

namespace Hoop.Federation.Minting;

/// <summary>What ends by itself.</summary>
internal interface IExpiring
{
    DateTimeOffset ExpiresAt { get; }
}

/// <summary>A token and its end, as its issuer stated it.</summary>
internal sealed record Token(string Value, DateTimeOffset ExpiresAt) : IExpiring
{
    /// <summary>The token is not printed.</summary>
    public override string ToString() => $"{nameof(Token)} {{ ExpiresAt = {ExpiresAt:O} }}";
}

/// <summary>
/// Credentials that are still good, by everything that they depend on; one caller fetches, all others with the same key wait for it. A
/// failure is forgotten at once. Full, it keeps what it has and only fetches: nobody can push out another's entries. For use from many
/// threads.
/// </summary>
/// <param name="capacity">Entries; what one entry may weigh is limited by who reads the answers.</param>
/// <param name="spare">How long before its end a token is served no more: who gets it must still have time to work.</param>
internal sealed class WarmTokens<TKey, TToken>(TimeProvider clock, int capacity, TimeSpan spare)
    where TKey : notnull
    where TToken : class, IExpiring
{
    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private long _swept = clock.GetTimestamp();

    public int Count => _entries.Count;

    /// <param name="key">All that the token depends on.</param>
    /// <param name="fetch">Runs at most once at a time for a key, and goes on when its first caller has gone.</param>
    /// <param name="cancellationToken">Ends the wait of this caller alone.</param>
    public async Task<Result<TToken>> Get(TKey key, Func<Task<Result<TToken>>> fetch, CancellationToken cancellationToken)
    {
        Sweep();
        for (; ; )
        {
            var known = _entries.TryGetValue(key, out var entry);
            if (!known)
            {
                entry = _entries.GetOrAdd(key, _ => new Entry(fetch, clock, spare));
            }

            if (entry!.IsStale)
            {
                _entries.TryRemove(KeyValuePair.Create(key, entry));
                continue;
            }

            try
            {
                var result = await entry.Fetched.WaitAsync(cancellationToken);
                if (result.Error is not null || (!known && _entries.Count > capacity))
                {
                    _entries.TryRemove(KeyValuePair.Create(key, entry));
                }

                return result;
            }
            catch (Exception) when (entry.Fetched is { IsCompleted: true, IsCompletedSuccessfully: false })
            {
                _entries.TryRemove(KeyValuePair.Create(key, entry));
                throw;
            }
        }
    }

    public void Drop(Func<TKey, bool> which)
    {
        foreach (var (key, _) in _entries)
        {
            if (which(key))
            {
                _entries.TryRemove(key, out _);
            }
        }
    }

    private void Sweep()
    {
        var swept = Volatile.Read(ref _swept);
        if (clock.GetElapsedTime(swept) < SweepEvery || Interlocked.CompareExchange(ref _swept, clock.GetTimestamp(), swept) != swept)
        {
            return;
        }

        foreach (var pair in _entries)
        {
            if (pair.Value.IsStale)
            {
                _entries.TryRemove(pair);
            }
        }
    }

    private sealed class Entry(Func<Task<Result<TToken>>> fetch, TimeProvider clock, TimeSpan spare)
    {
        private readonly long _begun = clock.GetTimestamp();
        private readonly DateTimeOffset _begunAt = clock.GetUtcNow();
        private readonly Lazy<Task<Result<TToken>>> _fetched = new(fetch);

        public Task<Result<TToken>> Fetched => _fetched.Value;

        // What is left of the lifetime by a clock that does not jump, and never past the stated end by the one that does.
        public bool IsStale
        {
            get
            {
                if (!_fetched.IsValueCreated || !Fetched.IsCompletedSuccessfully)
                {
                    return _fetched.IsValueCreated && Fetched.IsCompleted;
                }

                return !Fetched.Result.Succeeded(out var token, out _)
                    || clock.GetElapsedTime(_begun) >= token.ExpiresAt - _begunAt - spare
                    || token.ExpiresAt <= clock.GetUtcNow();
            }
        }
    }
}
