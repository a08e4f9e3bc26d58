using System.Text;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// One command on one channel, from the request to the last word about it. What an agent answers is taken as an outsider's text.
/// </summary>
internal sealed class AgentWork(FileRenewal renewal, TimeProvider clock, ILogger<AgentWork> logger)
{
    public const int OutputLimitBytes = 1024 * 1024;

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    /// <summary>The longest that an agent takes on.</summary>
    private static readonly TimeSpan LongestStream = TimeSpan.FromDays(1);

    // For the way there and back, and for the agent to kill what it must.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>So long the answer about a command that was cancelled may still come.</summary>
    private static readonly TimeSpan LongestUnconfirmed = TimeSpan.FromMinutes(1);

    /// <summary>Answers when the agent did, when it is gone, or a little after it should have.</summary>
    /// <param name="cancellationToken">Ends the command on the agent; the answer then still says what became of it.</param>
    public async Task<AgentExecution> Run(AgentChannel channel, ExecuteOnAgent request, CancellationToken cancellationToken) =>
        (await Run(channel, RowId.Next(), request, cancellationToken)).Execution;

    /// <summary>As the other.</summary>
    /// <param name="id">Of the command; its streamed bytes come under this one.</param>
    /// <returns>Also how many bytes of output the agent says it has sent.</returns>
    public async Task<(AgentExecution Execution, long Sent)> Run(
        AgentChannel channel, Guid id, ExecuteOnAgent request, CancellationToken cancellationToken)
    {
        if (Lacking(channel, request) is { } lacking)
        {
            return (NotRun(
                AgentExecutionOutcome.Failed,
                $"the agent {channel.Agent.AgentName} is of a version that does not know {lacking}; update it"), 0);
        }

        var timeout = TimeoutOf(request);
        var order = new ExecutionRequest(
            id, request.Command, request.Environment, request.Script, Math.Max(1, (int)timeout.TotalSeconds), OutputLimitBytes)
        {
            Files = request.Files.Count > 0 ? request.Files : null,
            RenewedFiles = request.RenewedFiles.Count > 0 ? request.RenewedFiles : null,
            Stream = request.Streams is null ? null : new StreamTerms(
                request.Terminal is { } terminal ? new TerminalTerms(terminal.Name, terminal.Columns, terminal.Rows) : null),
        };
        cancellationToken.ThrowIfCancellationRequested();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var giveUp = new CancellationTokenSource();
        var running = channel.Execute(order, giveUp.Token);
        var renewing = renewal.Run(channel, id, request.Fresh, over.Token);
        AgentExecution execution;
        try
        {
            execution = await Wait(channel, order, running, timeout, cancellationToken);
        }
        finally
        {
            await over.CancelAsync();
            await renewing;
            Leave(channel, request, running, giveUp);
        }

        return (execution, running is { IsCompletedSuccessfully: true, Result.StreamedBytes: var sent } ? sent : 0);
    }

    /// <summary>An older agent does not know Cancel, and answers when the command's own time is over.</summary>
    private static void Leave(
        AgentChannel channel, ExecuteOnAgent request, Task<ExecutionResult> running, CancellationTokenSource giveUp)
    {
        if (running.IsCompleted)
        {
            giveUp.Dispose();
        }
        else
        {
            _ = channel.Unconfirmed.Keep(
                running, giveUp, request.Streams is null ? TimeoutOf(request) + LongestUnconfirmed : LongestUnconfirmed);
        }
    }

    /// <summary>Of what is asked for, what a command may take.</summary>
    public static TimeSpan TimeoutOf(ExecuteOnAgent request)
    {
        var longest = request.Streams is null ? LongestTimeout : LongestStream;
        return request.Timeout < longest ? request.Timeout : longest;
    }

    private async Task<AgentExecution> Wait(
        AgentChannel channel, ExecutionRequest order, Task<ExecutionResult> running, TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return Answer(channel, order, await running.WaitAsync(timeout + Grace, clock, cancellationToken));
        }
        catch (Exception exception) when (running.IsCompleted && !running.IsCompletedSuccessfully)
        {
            return Lost(channel, order, exception);
        }
        catch (OperationCanceledException)
        {
            return await Cancel(channel, order, running);
        }
        catch (TimeoutException)
        {
            // The agent has its own clock for this. One that let the time pass is told again to end the command.
            logger.LogWarning("Command {Command} on channel {Channel} was not answered in time", order.Id, channel.Id);
            return await Cancel(channel, order, running) with { Outcome = AgentExecutionOutcome.TimedOut };
        }
    }

    private async Task<AgentExecution> Cancel(AgentChannel channel, ExecutionRequest order, Task<ExecutionResult> running)
    {
        logger.LogInformation("Cancelling command {Command} on channel {Channel}", order.Id, channel.Id);
        _ = Tell(channel, order.Id);
        try
        {
            return Answer(channel, order, await running.WaitAsync(Grace, clock, CancellationToken.None));
        }
        catch (TimeoutException)
        {
            logger.LogWarning(
                "Command {Command} on channel {Channel} was cancelled, and the agent did not confirm its end", order.Id, channel.Id);
            return NotRun(AgentExecutionOutcome.Cancelled, "cancelled; the agent did not confirm the end of the command");
        }
        catch (Exception exception)
        {
            return Lost(channel, order, exception);
        }
    }

    /// <summary>Not waited for: an agent that does not read must not keep us from giving up on it.</summary>
    private static async Task Tell(AgentChannel channel, Guid id)
    {
        try
        {
            await channel.Client.Cancel(id);
        }
        catch (Exception)
        {
            // The channel ends, and with it whatever ran for it.
        }
    }

    private AgentExecution Answer(AgentChannel channel, ExecutionRequest order, ExecutionResult? result)
    {
        if (result is null || result.Id != order.Id)
        {
            logger.LogWarning(
                "Channel {Channel} of agent {Agent} answered command {Command} with another one's result",
                channel.Id,
                channel.Agent.AgentName,
                order.Id);
            return NotRun(AgentExecutionOutcome.Failed, "the agent's answer belongs to another command");
        }

        var (output, cut) = Cut(result.Output ?? "");
        return new AgentExecution(OutcomeOf(result.Status), result.ExitCode, output, result.Truncated || cut);
    }

    /// <summary>
    /// SignalR reports a lost client by several exception types, and an agent's own failure by another; the log says which it was.
    /// </summary>
    private AgentExecution Lost(AgentChannel channel, ExecutionRequest order, Exception exception)
    {
        logger.LogWarning(
            exception,
            "Command {Command} on channel {Channel} of agent {Agent} was not answered",
            order.Id,
            channel.Id,
            channel.Agent.AgentName);
        return exception is HubException
            ? NotRun(AgentExecutionOutcome.Failed, "the agent reported an error of its own")
            : NotRun(AgentExecutionOutcome.Disconnected, "the agent disconnected while the command ran");
    }

    /// <summary>To the limit that was asked for, between two characters.</summary>
    private static (string Output, bool Cut) Cut(string output)
    {
        if (output.Length <= OutputLimitBytes / 3 || Encoding.UTF8.GetByteCount(output) <= OutputLimitBytes)
        {
            return (output, false);
        }

        var kept = new byte[OutputLimitBytes];
        Encoding.UTF8.GetEncoder().Convert(output, kept, flush: true, out var characters, out _, out _);
        return (output[..characters], true);
    }

    private static AgentExecutionOutcome OutcomeOf(string? status) => status switch
    {
        ExecutionStatus.Success => AgentExecutionOutcome.Success,
        ExecutionStatus.Timeout => AgentExecutionOutcome.TimedOut,
        ExecutionStatus.Refused => AgentExecutionOutcome.Refused,
        ExecutionStatus.Cancelled => AgentExecutionOutcome.Cancelled,
        _ => AgentExecutionOutcome.Failed,
    };

    /// <summary>What this needs and the agent's version does not have; null for nothing.</summary>
    private static string? Lacking(AgentChannel channel, ExecuteOnAgent request)
    {
        var features = channel.Facts?.Features ?? [];
        return request.Files.Count > 0 && !features.Contains(AgentFeatures.Files) ? "secrets in files"
            : request.Streams is not null && !features.Contains(AgentFeatures.Streams) ? "streams"
            : request.Terminal is not null && !features.Contains(AgentFeatures.Terminals) ? "terminals"
            : null;
    }

    public static AgentExecution NotRun(AgentExecutionOutcome outcome, string why) => new(outcome, ExitCode: null, why, Truncated: false);
}
