using Hoop.Spiffe.Contracts;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// A command whose bytes travel as they come. It has succeeded only when the agent said how it ended and every byte that the agent sent
/// has gone on to the caller: the end of a connection is never taken for the end of a program.
/// </summary>
internal sealed class StreamedWork(AgentWork work, TimeProvider clock, ILogger<StreamedWork> logger)
{
    private static readonly TimeSpan Straggling = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Unheard = TimeSpan.FromMilliseconds(200);

    public async Task<AgentExecution> Run(AgentChannel channel, ExecuteOnAgent request, CancellationToken cancellationToken)
    {
        var id = RowId.Next();
        var stream = new ChannelStream(id, channel, request.Streams!);
        using var late = new CancellationTokenSource(AgentWork.TimeoutOf(request), clock);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var pumping = new CancellationTokenSource();
        channel.Streams[id] = stream;
        var pumps = Pump(stream, ending, pumping.Token);
        try
        {
            var (execution, sent) = await work.Run(channel, id, request, ending.Token);
            return execution.Outcome is AgentExecutionOutcome.Success or AgentExecutionOutcome.Failed && execution.ExitCode is not null
                && await Missing(channel, id, stream, sent, late.Token, ending.Token) is { } missing
                ? missing
                : execution;
        }
        finally
        {
            channel.Streams.TryRemove(id, out _);
            await pumping.CancelAsync();

            // A caller who does not read may hold a write up; the command is over all the same.
            await Task.WhenAny(pumps, Task.Delay(Unheard, clock, CancellationToken.None));
        }
    }

    /// <summary>Waits until the caller has all of the output. Otherwise, what the command's end is worth then; null when it has.</summary>
    private async Task<AgentExecution?> Missing(
        AgentChannel channel, Guid id, ChannelStream stream, long sent, CancellationToken late, CancellationToken ending)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late, ending);
        try
        {
            if (await stream.Drain(sent, Straggling, clock, either.Token))
            {
                return null;
            }
        }
        catch (OperationCanceledException)
        {
            return ending.IsCancellationRequested
                ? AgentWork.NotRun(AgentExecutionOutcome.Cancelled, "ended before all of its output was taken")
                : AgentWork.NotRun(AgentExecutionOutcome.TimedOut, "its output was not taken within its time");
        }

        logger.LogWarning(
            "Command {Command} on channel {Channel} sent {Sent} bytes, of which {Written} arrived", id, channel.Id, sent, stream.Written);
        return AgentWork.NotRun(AgentExecutionOutcome.Disconnected, "the command's output did not arrive whole");
    }

    /// <summary>Ends the command when the caller's side or the channel fails.</summary>
    private async Task Pump(ChannelStream stream, CancellationTokenSource ending, CancellationToken cancellationToken)
    {
        try
        {
            await stream.Pump(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The command is over.
        }
        catch (Exception exception)
        {
            logger.LogInformation("The bytes of a command do not reach its caller any more: {Reason}", exception.Message);
            await ending.CancelAsync();
        }
    }
}
