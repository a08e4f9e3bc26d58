using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Contracts;

namespace Hoop.Spiffe.Channels;

/// <summary>A way to the live replicas of agents.</summary>
internal interface IAgentReplicas
{
    /// <summary>Null when no replica can be reached this way: nothing was started.</summary>
    Task<AgentExecution?> Run(ExecuteOnAgent request, CancellationToken cancellationToken);
}

/// <summary>Those connected to this gateway: the least busy one whose credential still holds.</summary>
internal sealed class LocalReplicas(AgentChannels channels, AgentTrust trust, AgentWork work, StreamedWork streamed) : IAgentReplicas
{
    public async Task<AgentExecution?> Run(ExecuteOnAgent request, CancellationToken cancellationToken)
    {
        foreach (var channel in channels.Of(request.OrgId, request.AgentId))
        {
            if (await trust.Holds(channel, cancellationToken))
            {
                return await (request.Streams is null
                    ? work.Run(channel, request, cancellationToken)
                    : streamed.Run(channel, request, cancellationToken));
            }
        }

        return null;
    }
}

/// <summary>
/// Those connected to other gateways. Gateways do not talk to each other, so the answer only says that this is where the agent is; but an
/// agent that is on its way here, because the other one is told to stop, is waited for.
/// </summary>
internal sealed class RemoteReplicas(AgentChannels channels, LocalReplicas local, Db db, TimeProvider clock) : IAgentReplicas
{
    private static readonly TimeSpan Arrival = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    private const string WhereSql = $"""
        SELECT gateway_name
        FROM spiffe.agent_channels
        WHERE org_id = @OrgId AND agent_id = @AgentId AND gateway_id <> @GatewayId
          AND last_seen_at > now() - interval '{Agent.AliveSeconds} seconds'
        ORDER BY last_seen_at DESC
        LIMIT 1
        """;

    public async Task<AgentExecution?> Run(ExecuteOnAgent request, CancellationToken cancellationToken)
    {
        if (await Where(request, cancellationToken) is not { } gateway)
        {
            return null;
        }

        for (var began = clock.GetTimestamp(); clock.GetElapsedTime(began) < Arrival;)
        {
            await Task.Delay(BetweenLooks, clock, cancellationToken);
            if (await local.Run(request, cancellationToken) is { } execution)
            {
                return execution;
            }
        }

        return AgentWork.NotRun(
            AgentExecutionOutcome.ConnectedElsewhere,
            $"agent {request.AgentId} is connected to {(gateway.Length > 0 ? $"the gateway {gateway}" : "another gateway")}, and this is "
                + $"{channels.GatewayName}: send the request there, or start one more replica of the agent for each gateway");
    }

    private Task<string?> Where(ExecuteOnAgent request, CancellationToken cancellationToken) =>
        db.Of(request.OrgId).Find<string>(WhereSql, new { request.AgentId, channels.GatewayId }, cancellationToken);
}
