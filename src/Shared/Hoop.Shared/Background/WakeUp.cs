using System.Threading.Channels;

namespace Hoop.Shared.Background;

/// <summary>Wakes a loop early. Signals that come while one is pending are one.</summary>
public sealed class WakeUp
{
    private readonly Channel<bool> _signals =
        Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Never blocks.</summary>
    public void Signal() => _signals.Writer.TryWrite(true);

    /// <summary>True when it was woken, false when <paramref name="longest"/> has passed.</summary>
    public async Task<bool> Wait(TimeSpan longest, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var timer = clock.CreateTimer(_ => limit.Cancel(), state: null, longest, Timeout.InfiniteTimeSpan);
        try
        {
            return await _signals.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }
}
