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

    /// <summary>From this age on one creation counts anew, so that the others never wait for a count while work goes on.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<(Guid OrgId, string Kind), Allowance> _allowances = new();

    internal long Now => clock.GetTimestamp();

    /// <summary>False when it has to be counted.</summary>
    /// <param name="countedAfter">Only what was counted since then.</param>
    internal bool Take(Guid orgId, string kind, long count = 1, long countedAfter = long.MinValue)
    {
        if (!_allowances.TryGetValue((orgId, kind), out var allowance) || allowance.Since < countedAfter)
        {
            return false;
        }

        var age = clock.GetElapsedTime(allowance.Since);
        return age < Life
            && (age < Fresh || Interlocked.Exchange(ref allowance.Renewed, 1) == 1)
            && Interlocked.Add(ref allowance.Left, -count) >= 0;
    }

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
        public int Renewed;

        public long Since { get; } = since;
    }
}
