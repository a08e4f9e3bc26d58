namespace Hoop.Cli.Agent;

/// <summary>
/// Delays of any length up to a bound that doubles up to a cap: with full jitter, so that a thousand agents do not come back to a
/// restarted gateway in the same instant, nor in the same second.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
    /// <summary>So that the luckiest agent does not turn in a circle.</summary>
    private const double Least = 0.02;

    private int _doubled;

    public TimeSpan Next()
    {
        var full = first * Math.Pow(2, _doubled);
        if (full < longest)
        {
            _doubled++;
        }
        else
        {
            full = longest;
        }

        return full * (Least + ((1 - Least) * Random.Shared.NextDouble()));
    }

    /// <summary>As long as the gateway asks for, and up to as long again: it tells many agents the same.</summary>
    public static TimeSpan After(TimeSpan asked) => asked * (1 + Random.Shared.NextDouble());

    /// <summary>After a connection that lasted.</summary>
    public void Reset() => _doubled = 0;
}
