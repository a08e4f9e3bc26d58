namespace Hoop.Client;

/// <summary>An agent as the API shows it. What it says of itself comes from its newest live channel.</summary>
/// <param name="Status">CONNECTED while a channel is alive on any gateway, else DISCONNECTED.</param>
/// <param name="Identity">The SPIFFE ID of the newest channel, or key.</param>
/// <param name="Replicas">How many channels are alive.</param>
/// <param name="Token">Always empty: the key is shown once, by the call that made it.</param>
/// <param name="Metadata">For clients of the reference that expect the member.</param>
public sealed record Agent(
    Guid Id,
    string Name,
    string Mode,
    string Status,
    string Hostname,
    string MachineId,
    string KernelVersion,
    string Version,
    string Platform,
    string Identity,
    IReadOnlyList<string> Groups,
    int Replicas,
    DateTimeOffset CreatedAt,
    string? Token,
    IReadOnlyDictionary<string, string>? Metadata,
    DateTimeOffset? LastSeenAt = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(Agent)} {{ Id = {Id} }}";
}

public sealed record CreateAgentRequest(string? Name, string? Mode = null);

/// <summary>The key of an agent, as its owner receives it: a DSN that names the gateway, the agent and the secret.</summary>
/// <param name="Token">scheme://name:xagt-…@host:port?mode=…; shown in this answer and never again.</param>
public sealed record AgentKey(Guid Id, string Name, string Token)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => $"{nameof(AgentKey)} {{ Id = {Id} }}";
}

/// <param name="DeletedWithIt">What named the agent and went with it.</param>
/// <param name="Id">Null when there was nothing to delete.</param>
public sealed record DeleteAgentDeleted(string Name, IReadOnlyList<AgentUse> DeletedWithIt, Guid? Id = null);

/// <param name="Type">As the audit trail spells it: connection.</param>
/// <param name="Name">For people to read.</param>
public sealed record AgentUse(string Type, Guid Id, string Name);
