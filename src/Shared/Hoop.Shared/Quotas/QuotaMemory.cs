using System.Collections.Concurrent;

namespace Hoop.Shared.Quotas;

/// <summary>
/// How many things of a kind may be made before they have to be counted again. One a gateway; what it does not know is counted.
/// </summary>
public sealed class QuotaMemory(TimeProvider clock)
{
    /// <summary>With less room than this every creation is counted.</summary>
    public const long Near = 512;

    // Nobody can make more entries than organizations have kinds, but organizations come and go.
    private const int Capacity = 10_000;

    private static readonly TimeSpan Life = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<(Guid OrgId, string Kind), Allowance> _allowances = new();

    internal bool Take(Guid orgId, string kind, long count = 1) =>
        _allowances.TryGetValue((orgId, kind), out var allowance)
        && clock.GetElapsedTime(allowance.Since) < Life
        && Interlocked.Add(ref allowance.Left, -count) >= 0;

    internal void Remember(Guid orgId, string kind, long room)
    {
        if (room < Near)
        {
            _allowances.TryRemove((orgId, kind), out _);
            return;
        }

        if (_allowances.Count >= Capacity)
        {
            _allowances.Clear();
        }

        _allowances[(orgId, kind)] = new Allowance(room / 16, clock.GetTimestamp());
    }

    /// <summary>For a limit that was lowered: it counts at once on this gateway, within <see cref="Life"/> on the others.</summary>
    public void Forget(Guid orgId)
    {
        foreach (var key in _allowances.Keys.Where(key => key.OrgId == orgId))
        {
            _allowances.TryRemove(key, out _);
        }
    }

    private sealed class Allowance(long left, long since)
    {
        public long Left = left;

        public long Since { get; } = since;
    }
}
