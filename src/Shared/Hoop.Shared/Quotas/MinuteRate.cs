using System.Collections.Concurrent;

namespace Hoop.Shared.Quotas;

/// <summary>
/// So many in a minute for each key: a bucket a key, refilled evenly. One gateway counts for itself. For use from many threads.
/// </summary>
/// <param name="most">In a minute; at least 1.</param>
/// <param name="clock">Whose timestamps count.</param>
public sealed class MinuteRate<TKey>(int most, TimeProvider clock)
    where TKey : notnull
{
    /// <summary>Keys are things that exist, and callers; the bound is for those that come and go.</summary>
    private const int Capacity = 10_000;

    // When the bucket of a key will be full again, by the clock's timestamp.
    private readonly ConcurrentDictionary<TKey, long> _full = new();

    private long One => 60 * clock.TimestampFrequency / most;

    /// <summary>Takes one.</summary>
    /// <returns>Null when there was one; else how long until the next.</returns>
    public TimeSpan? Take(TKey key)
    {
        if (_full.Count >= Capacity)
        {
            _full.Clear();
        }

        var (now, one) = (clock.GetTimestamp(), One);
        var refused = false;
        var full = _full.AddOrUpdate(
            key,
            _ => now + one,
            (_, before) =>
            {
                var next = Math.Max(before, now) + one;
                refused = next > now + (most * one);
                return refused ? before : next;
            });
        return refused ? clock.GetElapsedTime(now, full - ((most - 1) * one)) : null;
    }

    /// <summary>Gives one back that was taken and is not to count.</summary>
    public void Return(TKey key)
    {
        while (_full.TryGetValue(key, out var full) && !_full.TryUpdate(key, full - One, full))
        {
            // Somebody took one meanwhile.
        }
    }
}
