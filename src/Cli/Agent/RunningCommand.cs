using Hoop.Cli.Agent.Execution;

namespace Hoop.Cli.Agent;

/// <summary>A command from its arrival until its result is on its way. Ends with the session, and alone when it is cancelled.</summary>
/// <param name="stopping">Its own from now on.</param>
internal sealed class RunningCommand(StreamedCommand? streamed, CancellationTokenSource stopping) : IDisposable
{
    public StreamedCommand? Streamed => streamed;

    public CancellationToken Stopping { get; } = stopping.Token;

    public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>On a thread of its own: what ends the command must not hold up the channel.</summary>
    public void Cancel()
    {
        try
        {
            _ = stopping.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It was answered a moment ago.
        }
    }

    public void Dispose() => stopping.Dispose();
}
