using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// The agent channel, <see cref="AgentChannelPath.Path"/>. The handshake is authenticated like every request; what the agent is allowed
/// to be is asked again here, because the channel outlives the request.
/// </summary>
internal sealed class AgentHub(
    AgentChannels channels,
    AgentCredentials credentials,
    IHubContext<AgentHub, IAgentClient> hub,
    ISender sender,
    ILogger<AgentHub> logger) : Hub<IAgentClient>, IAgentGateway
{
    public const int HeartbeatSeconds = 10;

    /// <summary>The output limit of 1 MiB, six times as long when every character must be escaped, and the JSON around it.</summary>
    public const long MaxMessageBytes = 8 * 1024 * 1024;

    public override async Task OnConnectedAsync()
    {
        // What the handshake was authenticated with, and not what stands in its headers: the policy judged this one.
        var credential = (Context.User?.Identity as CallerIdentity)?.Credential?.Reveal();
        var agent = credential is null ? null : await credentials.Verify(credential, Context.ConnectionAborted);
        if (agent is null)
        {
            Context.Abort();
            return;
        }

        // Not Clients.Caller: a hub's own proxy does not await results, and dies with the call.
        channels.Add(new AgentChannel(Context, hub.Clients.Client(Context.ConnectionId), credential!, agent));
        await base.OnConnectedAsync();
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (channels.Remove(Context.ConnectionId) is { } channel)
        {
            logger.LogInformation("Agent {Agent} disconnected, channel {Channel}", channel.Agent.AgentName, channel.Id);
            await sender.Send(new CloseChannel(channel), CancellationToken.None);
        }

        await base.OnDisconnectedAsync(exception);
    }

    public async Task<AgentWelcome> Hello(AgentHello hello)
    {
        var channel = channels.Find(Context.ConnectionId) ?? throw new HubException("not connected");
        var agent = channel.Agent;
        await sender.Send(new OpenChannel(channel, Context.User is { } user ? CallerIdentity.Of(user) : null, AgentHelloLimits.Apply(hello)), Context.ConnectionAborted);
        logger.LogInformation(
            "Agent {Agent} connected as {Identity}, organization {Organization}, mapping {Mapping}, until {ExpiresAt}, channel {Channel}",
            agent.AgentName, agent.Identity, agent.OrgId, agent.MappingId, agent.ExpiresAt, channel.Id);
        if (SpiffeId.TryParse(agent.Identity, out var id, out _))
        {
            logger.LogInformation(
                "agent authenticated via spiffe: spiffe_id={SpiffeId} trust_domain={TrustDomain} audience={Audience} svid_type=jwt svid_expires_at={ExpiresAt:O} org_id={Organization} agent_id={AgentId} agent_name={Agent}",
                id, id.TrustDomain, agent.Audience, agent.ExpiresAt, agent.OrgId, agent.AgentId, agent.AgentName);
        }

        return new AgentWelcome(agent.AgentId, agent.AgentName, agent.Identity, agent.ExpiresAt, HeartbeatSeconds);
    }

    /// <summary>Proves that the agent's own code is alive; the transport's pings prove only its socket. Presence is written by <see cref="AgentPresence"/>.</summary>
    public Task Heartbeat() => channels.Find(Context.ConnectionId) is null ? throw new HubException("not connected") : Task.CompletedTask;

    public async Task<bool> Renew(string token)
    {
        if (channels.Find(Context.ConnectionId) is not { IsClosing: false } channel)
        {
            return false;
        }

        var agent = await credentials.Verify(token, Context.ConnectionAborted);
        if (agent is null || agent.AgentId != channel.Agent.AgentId || agent.OrgId != channel.Agent.OrgId)
        {
            logger.LogInformation("Agent {Agent} presented a credential that does not renew its channel {Channel}", channel.Agent.AgentName, channel.Id);
            return false;
        }

        channel.Renew(token, agent);
        await sender.Send(new RenewChannel(channel), Context.ConnectionAborted);
        return true;
    }
}
