using System.Collections.Concurrent;

namespace Hoop.Spiffe.Channels;

/// <summary>The live channels that this gateway holds.</summary>
internal sealed class AgentChannels(AgentLimits limits)
{
    private readonly ConcurrentDictionary<string, AgentChannel> _byConnection = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, int> _ofAgent = [];
    private readonly Dictionary<Guid, int> _ofOrganization = [];

    /// <summary>Names this gateway process in the rows of its channels.</summary>
    public Guid GatewayId { get; } = RowId.Next();

    /// <summary>Names it to people.</summary>
    public string GatewayName { get; } = MemorySession.NameOfThis();

    /// <summary>
    /// Channels that end at once, as all do when a gateway stops, are written down a few at a time: each takes a connection of the pool,
    /// and those that found none would leave their rows behind.
    /// </summary>
    public SemaphoreSlim Ending { get; } = new(4);

    /// <summary>This gateway was told to stop: what is open stays, and nothing new is opened.</summary>
    public bool IsLeaving { get; private set; }

    public IReadOnlyCollection<AgentChannel> All => [.. _byConnection.Values];

    /// <summary>False when the agent or its organization has as many as it may. One that is closing counts until it is gone.</summary>
    public bool TryAdd(AgentChannel channel)
    {
        lock (_gate)
        {
            var agent = channel.Agent;
            var (ofAgent, ofOrganization) = (_ofAgent.GetValueOrDefault(agent.AgentId), _ofOrganization.GetValueOrDefault(agent.OrgId));
            if (ofAgent >= limits.ChannelsPerAgent
                || ofOrganization >= limits.ChannelsPerOrganization
                || !_byConnection.TryAdd(channel.ConnectionId, channel))
            {
                return false;
            }

            (_ofAgent[agent.AgentId], _ofOrganization[agent.OrgId]) = (ofAgent + 1, ofOrganization + 1);
            return true;
        }
    }

    public void Leave() => IsLeaving = true;

    public AgentChannel? Find(string connectionId) => _byConnection.GetValueOrDefault(connectionId);

    public bool Holds(AgentChannel channel) => _byConnection.ContainsKey(channel.ConnectionId);

    public AgentChannel? Remove(string connectionId)
    {
        lock (_gate)
        {
            if (!_byConnection.TryRemove(connectionId, out var channel))
            {
                return null;
            }

            Subtract(_ofAgent, channel.Agent.AgentId);
            Subtract(_ofOrganization, channel.Agent.OrgId);
            return channel;
        }
    }

    /// <summary>The channels of an agent that may get work, the least busy first.</summary>
    public IReadOnlyList<AgentChannel> Of(Guid orgId, Guid agentId) =>
    [
        .. _byConnection.Values
            .Where(channel => channel.Agent.OrgId == orgId && channel.Agent.AgentId == agentId && channel.Counts)
            .OrderBy(channel => channel.InFlight),
    ];

    private static void Subtract(Dictionary<Guid, int> counts, Guid key)
    {
        if (--counts[key] == 0)
        {
            counts.Remove(key);
        }
    }
}
