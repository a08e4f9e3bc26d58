namespace Hoop.Cli.Agent;

/// <summary>
/// Delays that double up to a cap, each drawn from its upper half, so that a thousand agents do not come back to a restarted gateway in
/// the same instant.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan longest)
{
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

        return full / 2 * (1 + Random.Shared.NextDouble());
    }

    /// <summary>After a connection that lasted.</summary>
    public void Reset() => _doubled = 0;
}
