using System.Diagnostics.CodeAnalysis;
using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// Gives the work to the least busy live replica whose credential still holds. It is given once: what was started is never started again
/// on another replica.
/// </summary>
internal sealed class ExecuteOnAgentHandler(AgentChannels channels, AgentTrust trust, Db db) : IRequestHandler<ExecuteOnAgent, AgentExecution>
{
    private const int OutputLimitBytes = 1024 * 1024;

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromMinutes(10);

    // For the way there and back, and for the agent to kill what it must.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    private const string IsElsewhereSql = $"""
        SELECT EXISTS (
          SELECT
          FROM spiffe.agent_channels
          WHERE org_id = @OrgId AND agent_id = @AgentId AND gateway_id <> @GatewayId AND last_seen_at > now() - interval '{Agent.AliveSeconds} seconds'
        )
        """;

    public async Task<AgentExecution> Handle(ExecuteOnAgent request, CancellationToken cancellationToken)
    {
        foreach (var channel in channels.Of(request.OrgId, request.AgentId))
        {
            if (await trust.Holds(channel, cancellationToken))
            {
                return await Execute(channel, request, cancellationToken);
            }
        }

        var elsewhere = await db.Of(request.OrgId).Find<bool>(IsElsewhereSql, new { request.AgentId, channels.GatewayId }, cancellationToken);
        return NotConnected(elsewhere
            ? $"agent {request.AgentId} is connected to another gateway; send the request there"
            : $"agent stream not found for {request.AgentId}");
    }

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "SignalR reports a lost client by several exception types; all of them mean the same here.")]
    private static async Task<AgentExecution> Execute(AgentChannel channel, ExecuteOnAgent request, CancellationToken cancellationToken)
    {
        var timeout = request.Timeout < LongestTimeout ? request.Timeout : LongestTimeout;
        var work = new ExecutionRequest(
            Guid.CreateVersion7(), request.Command, request.Environment, request.Script, Math.Max(1, (int)timeout.TotalSeconds), OutputLimitBytes);
        try
        {
            var result = await channel.Execute(work, timeout + Grace, cancellationToken);
            return new AgentExecution(OutcomeOf(result.Status), result.ExitCode, result.Output, result.Truncated);
        }
        catch (TimeoutException)
        {
            return new AgentExecution(AgentExecutionOutcome.TimedOut, ExitCode: null, "the agent did not answer in time", Truncated: false);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return NotConnected("the agent disconnected while the command ran");
        }
    }

    private static AgentExecutionOutcome OutcomeOf(string status) => status switch
    {
        ExecutionStatus.Success => AgentExecutionOutcome.Success,
        ExecutionStatus.Timeout => AgentExecutionOutcome.TimedOut,
        ExecutionStatus.Refused => AgentExecutionOutcome.Refused,
        _ => AgentExecutionOutcome.Failed,
    };

    private static AgentExecution NotConnected(string why) => new(AgentExecutionOutcome.NotConnected, ExitCode: null, why, Truncated: false);
}
