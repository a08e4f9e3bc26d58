using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// The agent channel, <see cref="AgentChannelPath.Path"/>. The handshake is authenticated like every request; what the agent is allowed
/// to be is asked again here, because the channel outlives the request. A channel counts from the commit of its rows on, which
/// <see cref="Hello"/> writes; <see cref="AgentTrust"/> closes one that does not say it.
/// </summary>
internal sealed class AgentHub(
    AgentChannels channels,
    AgentCredentials credentials,
    IHubContext<AgentHub, IAgentClient> hub,
    ChannelRows rows,
    MemorySession session,
    TimeProvider clock,
    ILogger<AgentHub> logger) : Hub<IAgentClient>, IAgentGateway
{
    public const int HeartbeatSeconds = 5;

    /// <summary>A lease may lapse and begin anew at once; the agent waits longer than this.</summary>
    private static readonly TimeSpan UnprovenFor = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>A channel says hello again when its facts have changed, which is seldom.</summary>
    private static readonly TimeSpan BetweenHellos = TimeSpan.FromSeconds(10);

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
        var channel = new AgentChannel(Context, hub.Clients.Client(Context.ConnectionId), new Standing(credential!, agent), clock);
        if (!channels.TryAdd(channel))
        {
            logger.LogWarning("Agent {Agent} of organization {Organization} has as many channels as it may", agent.AgentName, agent.OrgId);
            _ = channel.Close(ClosingReason.TooMany);
            return;
        }

        await base.OnConnectedAsync();
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        if (channels.Remove(Context.ConnectionId) is { } channel)
        {
            logger.LogInformation(
                "Agent {Agent} disconnected, channel {Channel}: {Reason}", channel.Agent.AgentName, channel.Id,
                    exception?.Message ?? "closed");
            await rows.Close(channel, Context.User is { } user ? CallerIdentity.Of(user) : null);
        }

        await base.OnDisconnectedAsync(exception);
    }

    public async Task<AgentWelcome> Hello(AgentHello hello)
    {
        var channel = Own();
        if (hello is null || (channel.Facts is not null && clock.GetElapsedTime(channel.HelloAt) < BetweenHellos))
        {
            throw Misconduct(channel, always: hello is not null);
        }

        var agent = channel.Agent;
        var facts = AgentHelloLimits.Apply(hello);
        if (channel.Facts is null)
        {
            await rows.Open(channel, Context.User is { } user ? CallerIdentity.Of(user) : null, facts, Context.ConnectionAborted);
            if (!channels.Holds(channel))
            {
                // It ended while its rows were written, so nobody else takes them back.
                channel.Open(facts);
                await rows.Close(channel, Context.User is { } gone ? CallerIdentity.Of(gone) : null);
                throw new HubException("not connected");
            }

            Log(channel);
        }
        else
        {
            await rows.Confirm([(channel, facts)], Context.ConnectionAborted);
        }

        channel.Open(facts);

        await JudgeAnew(channel);
        Handshakes.End(Context.GetHttpContext());

        return new AgentWelcome(
            agent.AgentId, agent.AgentName, agent.Identity, agent.ExpiresAt, HeartbeatSeconds)
        { OrganizationId = agent.OrgId };
    }

    /// <summary>
    /// Proves that the agent's own code is alive; the transport's pings prove only its socket. <see cref="AgentTrust"/> closes a
    /// channel that misses three. The answer proves that this gateway holds its lease: one that is cut off cannot be told that the
    /// channel has to end, so the agent ends it.
    /// </summary>
    public async Task Heartbeat()
    {
        Own().Heard();
        for (var began = clock.GetTimestamp(); !session.IsProven;)
        {
            if (clock.GetElapsedTime(began) >= UnprovenFor)
            {
                throw new HubException("this gateway is cut off from its database");
            }

            await Task.Delay(BetweenLooks, clock, Context.ConnectionAborted);
        }
    }

    /// <summary>
    /// Only a newer credential of exactly the same identity and mapping renews a channel; anybody else connects anew, on record.
    /// </summary>
    public async Task<bool> Renew(string token)
    {
        if (Own() is not { Counts: true } channel || string.IsNullOrEmpty(token))
        {
            return false;
        }

        var agent = await credentials.Verify(token, Context.ConnectionAborted);
        if (agent is null || !AgentCredentials.IsSame(channel.Agent, agent))
        {
            logger.LogInformation(
                "Agent {Agent} presented a credential that does not renew its channel {Channel}", channel.Agent.AgentName, channel.Id);
            return channel.Misbehaved() ? throw Misconduct(channel, always: true) : false;
        }

        await rows.Renew(channel, Context.User is { } user ? CallerIdentity.Of(user) : null, agent, Context.ConnectionAborted);
        channel.Renew(new Standing(token, agent));
        await JudgeAnew(channel);
        return true;
    }

    public Task Started(Guid id)
    {
        if (Own().Streams.TryGetValue(id, out var open))
        {
            open.Begin();
        }

        return Task.CompletedTask;
    }

    /// <summary>What comes after the end of its command is dropped: its sender could not know.</summary>
    public Task Output(Guid id, int stream, byte[] data)
    {
        var channel = Own();
        return data is null || (channel.Streams.TryGetValue(id, out var open) && !open.TryTake(stream, data))
            ? throw Misconduct(channel, always: true)
            : Task.CompletedTask;
    }

    public Task InputTaken(Guid id, int bytes)
    {
        var channel = Own();
        return channel.Streams.TryGetValue(id, out var open) && !open.TryAcknowledge(bytes)
            ? throw Misconduct(channel, always: true)
            : Task.CompletedTask;
    }

    /// <summary>
    /// What a credential rests on may have changed since it was verified, and no announcement found it at the channel until now.
    /// </summary>
    private async Task JudgeAnew(AgentChannel channel)
    {
        var standing = channel.Standing;
        if (AgentCredentials.Compare(standing, await credentials.Verify(standing.Credential, Context.ConnectionAborted)) is { } reason)
        {
            _ = channel.Close(reason);
            throw new HubException("not connected");
        }
    }

    /// <summary>
    /// What <see cref="AgentHubProtocol"/> makes of calls that are none of the above. The name is not repeated: it is foreign text.
    /// </summary>
    public Task Refuse() => throw Misconduct(Own(), always: false);

    private AgentChannel Own() => channels.Find(Context.ConnectionId) ?? throw new HubException("not connected");

    /// <summary>For the agent to read; ends the channel at once, or when it is one too many.</summary>
    private HubException Misconduct(AgentChannel channel, bool always)
    {
        if (channel.Misbehaved() || always)
        {
            logger.LogWarning(
                "Closing the channel {Channel} of agent {Agent}: {Reason}", channel.Id, channel.Agent.AgentName, ClosingReason.Misconduct);
            _ = channel.Close(ClosingReason.Misconduct);
        }

        return new HubException("the gateway does not take this message");
    }

    private void Log(AgentChannel channel)
    {
        var agent = channel.Agent;
        logger.LogInformation(
            "Agent {Agent} connected as {Identity}, organization {Organization}, mapping {Mapping}, until {ExpiresAt}, channel {Channel}",
            agent.AgentName, agent.Identity, agent.OrgId, agent.MappingId, agent.ExpiresAt, channel.Id);
        if (SpiffeId.TryParse(agent.Identity, out var id, out _))
        {
            logger.LogInformation(
                "agent authenticated via spiffe: spiffe_id={SpiffeId} trust_domain={TrustDomain} audience={Audience} svid_type=jwt svid_expires_at={ExpiresAt:O} org_id={Organization} agent_id={AgentId} agent_name={Agent}",
                id, id.TrustDomain, agent.Audience, agent.ExpiresAt, agent.OrgId, agent.AgentId, agent.AgentName);
        }
    }
}
