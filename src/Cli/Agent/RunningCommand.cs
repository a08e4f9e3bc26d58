using Hoop.Cli.Agent.Execution;

namespace Hoop.Cli.Agent;

/// <summary>A command from its arrival until its result is on its way. Ends with the session, and alone when it is cancelled.</summary>
internal sealed class RunningCommand(StreamedCommand? streamed, CancellationToken session) : IDisposable
{
    public StreamedCommand? Streamed => streamed;

    private readonly CancellationTokenSource _stopping = CancellationTokenSource.CreateLinkedTokenSource(session);

    public CancellationToken Stopping => _stopping.Token;

    public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>On a thread of its own: what ends the command must not hold up the channel.</summary>
    public void Cancel()
    {
        try
        {
            _ = _stopping.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It was answered a moment ago.
        }
    }

    public void Dispose() => _stopping.Dispose();
}
