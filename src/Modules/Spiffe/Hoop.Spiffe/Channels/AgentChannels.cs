using System.Collections.Concurrent;

namespace Hoop.Spiffe.Channels;

/// <summary>The live channels that this gateway holds.</summary>
internal sealed class AgentChannels
{
    private readonly ConcurrentDictionary<string, AgentChannel> _byConnection = new(StringComparer.Ordinal);

    /// <summary>Names this gateway process in the rows of its channels.</summary>
    public Guid GatewayId { get; } = Guid.CreateVersion7();

    public IReadOnlyCollection<AgentChannel> All => [.. _byConnection.Values];

    public void Add(AgentChannel channel) => _byConnection[channel.ConnectionId] = channel;

    public AgentChannel? Find(string connectionId) => _byConnection.GetValueOrDefault(connectionId);

    public AgentChannel? Remove(string connectionId) => _byConnection.TryRemove(connectionId, out var channel) ? channel : null;

    /// <summary>The channels of an agent, the least busy first.</summary>
    public IReadOnlyList<AgentChannel> Of(Guid orgId, Guid agentId) =>
    [
        .. _byConnection.Values
            .Where(channel => channel.Agent.OrgId == orgId && channel.Agent.AgentId == agentId && !channel.IsClosing)
            .OrderBy(channel => channel.InFlight),
    ];
}
