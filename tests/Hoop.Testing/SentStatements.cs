using System.Collections.Concurrent;
using System.Diagnostics;

namespace Hoop.Testing;

/// <summary>The statements that this flow sends to the database, while it is not disposed: Npgsql makes one span for each.</summary>
public sealed class SentStatements : IDisposable
{
    private static readonly AsyncLocal<SentStatements?> Current = new();

    private readonly ConcurrentQueue<string> _texts = new();
    private readonly ActivityListener _listener;

    public SentStatements()
    {
        Current.Value = this;
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                // Another fixture's statements run in another flow.
                if (ReferenceEquals(Current.Value, this)
                    && (activity.GetTagItem("db.query.text") ?? activity.GetTagItem("db.statement")) is string text)
                {
                    _texts.Enqueue(text.Trim());
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyCollection<string> Texts => _texts;

    public void Dispose()
    {
        Current.Value = null;
        _listener.Dispose();
    }
}
