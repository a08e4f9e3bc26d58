namespace Hoop.Testing;

/// <summary>Elapsed time stands still until the test lets it pass; timers go by the machine's.</summary>
public sealed class StillClock : TimeProvider
{
    private long _now = TimeProvider.System.GetTimestamp();

    public void Pass(TimeSpan time) => Interlocked.Add(ref _now, (long)(time.TotalSeconds * TimestampFrequency));

    public override long GetTimestamp() => Interlocked.Read(ref _now);
}
