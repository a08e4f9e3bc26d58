namespace Hoop.Cli.Agent;

/// <summary>Decides when to look for a newer credential: at the given interval, and never later than half of what is left.</summary>
internal sealed class ExpiryWatch(DateTimeOffset? expiresAt, TimeProvider time)
{
    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(100);

    private readonly DateTimeOffset _since = time.GetUtcNow();
    private bool _said;

    public DateTimeOffset? ExpiresAt => expiresAt;

    public TimeSpan NextLook(TimeSpan interval)
    {
        var half = expiresAt is { } end ? (end - time.GetUtcNow()) / 2 : interval;
        return half < Soonest ? Soonest : half < interval ? half : interval;
    }

    /// <summary>True once, when less than a quarter of the time is left.</summary>
    public bool IsNear()
    {
        if (_said || expiresAt is not { } end || end - time.GetUtcNow() >= (end - _since) / 4)
        {
            return false;
        }

        return _said = true;
    }
}
