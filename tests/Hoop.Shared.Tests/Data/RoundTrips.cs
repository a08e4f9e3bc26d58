using System.Diagnostics;

namespace Hoop.Shared.Tests.Data;

/// <summary>Counts what this flow sends to the database: Npgsql makes one span for each command and each batch.</summary>
internal sealed class RoundTrips : IDisposable
{
    private static readonly AsyncLocal<RoundTrips?> Current = new();

    private readonly ActivityListener _listener;
    private int _count;

    public RoundTrips()
    {
        Current.Value = this;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStarted = activity =>
            {
                // Another fixture's statements run in another flow; opening a connection is no statement.
                if (ReferenceEquals(Current.Value, this) && activity.Kind == ActivityKind.Client
                    && !activity.OperationName.StartsWith("CONNECT", StringComparison.OrdinalIgnoreCase))
                {
                    Interlocked.Increment(ref _count);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public int Count => Volatile.Read(ref _count);

    public void Dispose()
    {
        Current.Value = null;
        _listener.Dispose();
    }
}
