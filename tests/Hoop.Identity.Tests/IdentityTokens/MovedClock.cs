namespace Hoop.Identity.Tests.IdentityTokens;

/// <summary>The wall clock of a gateway, moved; timers run as ever. Several gateways may share one.</summary>
internal sealed class MovedClock : TimeProvider
{
    private long _moved;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _moved));

    public void Move(TimeSpan by) => Interlocked.Add(ref _moved, by.Ticks);
}
