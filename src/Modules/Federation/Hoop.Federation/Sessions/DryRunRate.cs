using System.Collections.Concurrent;

namespace Hoop.Federation.Sessions;

/// <summary>
/// How often a caller may try a policy: each try mints at the provider and runs a command. A bucket a caller, refilled evenly; one gateway
/// counts for itself.
/// </summary>
internal sealed class DryRunRate(SessionLimits limits, TimeProvider clock)
{
    /// <summary>Callers are admins of organizations that exist; the bound is for those that come and go.</summary>
    private const int Capacity = 10_000;

    // When the bucket of a caller will be full again, by the clock's timestamp.
    private readonly ConcurrentDictionary<(Guid OrgId, string Caller), long> _full = new();

    /// <summary>Null while there is one more; else what to answer.</summary>
    public Error? Refuses(Caller caller)
    {
        if (_full.Count >= Capacity)
        {
            _full.Clear();
        }

        var (now, most) = (clock.GetTimestamp(), limits.DryRuns);
        var one = 60 * clock.TimestampFrequency / most;
        var refused = false;
        var full = _full.AddOrUpdate(
            (caller.OrgId, caller.Alias.ToString()),
            _ => now + one,
            (_, before) =>
            {
                var next = Math.Max(before, now) + one;
                refused = next > now + (most * one);
                return refused ? before : next;
            });
        return refused
            ? Error.TooMany(
                $"at most {most} dry runs in a minute; wait a little", clock.GetElapsedTime(now, full - ((most - 1) * one)),
                "too_many_dry_runs")
            : null;
    }
}
