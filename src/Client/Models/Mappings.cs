namespace Hoop.Client;

/// <summary>Which agent a SPIFFE identity is. Exactly one of the two matches and exactly one of the two targets is set.</summary>
/// <param name="TrustDomain">Of the identity or the prefix.</param>
/// <param name="Groups">Of the agent's session.</param>
/// <param name="SpiffeId">Matches this identity alone.</param>
/// <param name="SpiffePrefix">Matches every identity that begins with it, byte for byte; the longest one wins.</param>
/// <param name="AgentId">The agent it leads to.</param>
/// <param name="AgentTemplate">Go text/template that renders to the agent's name or id.</param>
/// <param name="AgentName">The name of the agent it leads to; only where mappings are read, and not of a template.</param>
/// <param name="Warnings">What is legal but probably not meant; only in the answers of create and update.</param>
public sealed record Mapping(
    Guid Id,
    Guid OrgId,
    string TrustDomain,
    IReadOnlyList<string> Groups,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    string? SpiffeId = null,
    string? SpiffePrefix = null,
    Guid? AgentId = null,
    string? AgentTemplate = null,
    string? AgentName = null,
    IReadOnlyList<string>? Warnings = null);

/// <param name="TrustDomain">SPIFFE trust domain of the identity. It must be configured for authentication to succeed.</param>
/// <param name="SpiffeId">Exact SPIFFE ID to match. Excludes spiffe_prefix.</param>
/// <param name="SpiffePrefix">Matches every SPIFFE ID that begins with it; the longest one wins. Excludes spiffe_id.</param>
/// <param name="AgentId">Id of the agent that the identity is. Excludes agent_template.</param>
/// <param name="AgentTemplate">Go text/template that renders to the name of an agent. Excludes agent_id.</param>
/// <param name="Groups">The groups that the agent has when it signs in by this mapping.</param>
public sealed record CreateMappingRequest(
    string? TrustDomain,
    string? SpiffeId = null,
    string? SpiffePrefix = null,
    string? AgentId = null,
    string? AgentTemplate = null,
    IReadOnlyList<string>? Groups = null);

/// <param name="TrustDomain">SPIFFE trust domain of the identity. It must be configured for authentication to succeed.</param>
/// <param name="SpiffeId">Exact SPIFFE ID to match. Excludes spiffe_prefix.</param>
/// <param name="SpiffePrefix">Matches every SPIFFE ID that begins with it; the longest one wins. Excludes spiffe_id.</param>
/// <param name="AgentId">Id of the agent that the identity is. Excludes agent_template.</param>
/// <param name="AgentTemplate">Go text/template that renders to the name of an agent. Excludes agent_id.</param>
/// <param name="Groups">The groups that the agent has when it signs in by this mapping.</param>
public sealed record UpdateMappingRequest(
    string? TrustDomain,
    string? SpiffeId = null,
    string? SpiffePrefix = null,
    string? AgentId = null,
    string? AgentTemplate = null,
    IReadOnlyList<string>? Groups = null);

/// <param name="Lines">How many mappings the body held.</param>
/// <param name="Created">Those that are new.</param>
/// <param name="Unchanged">Those that were there already, just so.</param>
public sealed record ImportMappingsResponse(long Lines, long Created, long Unchanged);

public sealed record ResolveMappingRequest(string? SpiffeId = null, string? Token = null)
{
    /// <summary>What is secret is never printed.</summary>
    public override string ToString() => nameof(ResolveMappingRequest);
}

/// <param name="AgentName">The agent's name, or what the template rendered to when there is no such agent.</param>
/// <param name="Candidates">Ids of all mappings that match, the winner first.</param>
/// <param name="Warnings">What keeps the trust domain's tokens out for now; only for an identity, since a token says it by being
/// refused.</param>
public sealed record ResolveMappingResponse(
    string SpiffeId,
    string TrustDomain,
    string WorkloadIdentifier,
    string AgentName,
    IReadOnlyList<string> Groups,
    IReadOnlyList<Guid> Candidates,
    Mapping? Mapping = null,
    Guid? AgentId = null,
    Refusal? Refused = null,
    IReadOnlyList<string>? Warnings = null);

/// <summary>Why an agent with this identity or token would not get in; null when it would.</summary>
/// <param name="Code">Stable, snake_case, fit for a metric label; those of tokens are listed in TokenRefusalCodes.</param>
/// <param name="Reason">One printable line for a person. It never holds the token.</param>
public sealed record Refusal(string Code, string Reason);
