using System.Collections.Concurrent;

namespace Hoop.Shared.Jose;

/// <summary>
/// Remembers something about tokens for a while, by the SHA-256 of the whole token, on the monotonic clock. Bounded: when it is full of
/// what still holds, a new token is not remembered, so nobody can push out somebody else's entry. For any number of threads.
/// </summary>
/// <param name="capacity">In tokens.</param>
public sealed class TokenMemory<T>(TimeProvider clock, int capacity)
    where T : class
{
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<TokenHash, Entry> _entries = new();
    private int _count;
    private long _sweptAt = clock.GetTimestamp();

    public int Count => Volatile.Read(ref _count);

    /// <summary>Longer tokens than are ever read are not looked for: nothing is computed from them.</summary>
    public T? Find(string? token) =>
        token is { Length: <= CompactJws.MaxLength }
            && _entries.TryGetValue(TokenHash.Of(token), out var entry)
            && clock.GetTimestamp() < entry.Ends
            ? entry.Value
            : null;

    /// <param name="life">At most a day. Setting the wall clock back does not lengthen it.</param>
    public void Add(string token, T value, TimeSpan life)
    {
        var now = clock.GetTimestamp();
        if (Count >= capacity)
        {
            Sweep(now);
        }

        var entry = new Entry(value, now + (long)((life < LongestLife ? life : LongestLife).TotalSeconds * clock.TimestampFrequency));
        var hash = TokenHash.Of(token);
        if (_entries.TryGetValue(hash, out var old))
        {
            _entries.TryUpdate(hash, entry, old);
            return;
        }

        if (Interlocked.Increment(ref _count) > capacity || !_entries.TryAdd(hash, entry))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    public void Forget(string token)
    {
        if (token.Length <= CompactJws.MaxLength && _entries.TryRemove(TokenHash.Of(token), out _))
        {
            Interlocked.Decrement(ref _count);
        }
    }

    /// <summary>Drops what has ended. At most once a second, so that a full memory does not make every request walk through it.</summary>
    private void Sweep(long now)
    {
        var swept = Volatile.Read(ref _sweptAt);
        if (clock.GetElapsedTime(swept, now) < SweepInterval || Interlocked.CompareExchange(ref _sweptAt, now, swept) != swept)
        {
            return;
        }

        foreach (var pair in _entries)
        {
            if (pair.Value.Ends <= now && _entries.TryRemove(pair))
            {
                Interlocked.Decrement(ref _count);
            }
        }
    }

    private sealed record Entry(T Value, long Ends);
}
