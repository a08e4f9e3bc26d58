using System.Collections.Concurrent;
using System.Text;
using Hoop.Shared.Results;

namespace Hoop.Shared.Tests.Outbound;

/// <summary>A source that counts its loads and can hold them back.</summary>
internal sealed class KeyOrigin
{
    private readonly ConcurrentDictionary<int, TaskCompletionSource> _begun = new();
    private volatile TaskCompletionSource _gate = Opened();
    private int _loads;
    private int _now;
    private int _most;

    public string Text { get; set; } = "";

    public Error? Failure { get; set; }

    public int Loads => Volatile.Read(ref _loads);

    public int MostAtOnce => Volatile.Read(ref _most);

    public void Close() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _gate.TrySetResult();

    /// <summary>Ends when the load of that number has begun.</summary>
    public Task Entered(int load) => Begun(load).Task.WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>The text itself is the value; two words stand for what can go wrong.</summary>
    public static Result<string> Parse(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span) switch
    {
        "broken" => Error.Malformed("not a key set"),
        "bug" => throw new InvalidOperationException("a bug"),
        var text => text,
    };

    public async Task<Result<ReadOnlyMemory<byte>>> Load(CancellationToken cancellationToken)
    {
        Begun(Interlocked.Increment(ref _loads)).SetResult();
        _most = Math.Max(_most, Interlocked.Increment(ref _now));
        try
        {
            await _gate.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _now);
        }

        return Failure is { } failure ? failure : (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(Text);
    }

    private TaskCompletionSource Begun(int load) =>
        _begun.GetOrAdd(load, _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));

    private static TaskCompletionSource Opened()
    {
        var gate = new TaskCompletionSource();
        gate.SetResult();
        return gate;
    }
}
