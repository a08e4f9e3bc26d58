using MediatR;

namespace Hoop.Spiffe.Contracts;

/// <summary>
/// Which agent presents this JWT-SVID? Null for every refusal, which all look the same; the reason is in the log and in a metric.
/// The organization, the agent and the groups come from the trust domain and the mapping, never from a claim.
/// </summary>
public sealed record AuthenticateSvid(string Token) : IRequest<AuthenticatedAgent?>
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(AuthenticateSvid);
}

/// <summary>Which agent has this key? Null when no agent has it.</summary>
/// <param name="Key"><c>xagt-…</c>, or the DSN <c>scheme://name:xagt-…@host:port</c> that holds it; a DSN's name must be the agent's.</param>
public sealed record AuthenticateAgentKey(string Key) : IRequest<AuthenticatedAgent?>
{
    /// <summary>The key is never printed.</summary>
    public override string ToString() => nameof(AuthenticateAgentKey);
}

/// <summary>An agent that proved itself.</summary>
/// <param name="Identity">The SPIFFE ID, or <c>key</c>.</param>
/// <param name="MappingId">The mapping that led to the agent; null for a key.</param>
/// <param name="Groups">The mapping's groups; none for a key.</param>
/// <param name="ExpiresAt">When the credential ends; null for a key.</param>
public sealed record AuthenticatedAgent(
    Guid OrgId,
    Guid AgentId,
    string AgentName,
    string Identity,
    Guid? MappingId,
    IReadOnlyList<string> Groups,
    DateTimeOffset? ExpiresAt)
{
    /// <summary>The configured audience that the JWT-SVID named; null for a key.</summary>
    public string? Audience { get; init; }
}
