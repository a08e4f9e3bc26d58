using Hoop.Identity.Contracts;
using Hoop.Shared.Jose;
using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// Asks what a credential is worth now, by the same requests that authenticate and admit every other call, and remembers it like those.
/// </summary>
internal sealed class AgentCredentials(CoherentMemory memory, MemoryMetrics metrics, IServiceScopeFactory scopes, TimeProvider clock)
{
    private const int Capacity = 16_384;

    private readonly Remembered<TokenHash, AuthenticatedAgent> _agents = new(memory, metrics, scopes, "agents", Capacity);

    public async Task<AuthenticatedAgent?> Verify(string credential, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var answer = await _agents.Get(
            TokenHash.Of(credential), scope.ServiceProvider, (services, cancel) => Read(credential, services, cancel), cancellationToken);
        return answer.Value is { } agent && agent.ExpiresAt <= clock.GetUtcNow()
            ? (await Read(credential, scope.ServiceProvider, cancellationToken)).Value
            : answer.Value;
    }

    private static async Task<Found<AuthenticatedAgent>> Read(
        string credential, IServiceProvider services, CancellationToken cancellationToken)
    {
        var sender = services.GetRequiredService<ISender>();
        var proven = AgentSecret.TryParse(credential, out _)
            ? await sender.Send(new AuthenticateAgentKey(credential), cancellationToken)
            : await sender.Send(new AuthenticateSvid(credential) { Known = true }, cancellationToken);
        return new Found<AuthenticatedAgent>(
            proven.Accepted && (await sender.Send(new Admit(proven.Proven), cancellationToken)).Accepted
                ? AuthenticatedAgent.Of(proven.Proven)
                : null);
    }

    /// <summary>Null while a channel of this standing is worth what it was; else why it must close.</summary>
    public static string? Compare(Standing before, AuthenticatedAgent? now) =>
        now is null ? ClosingReason.Revoked : IsSame(before.Agent, now) ? null : ClosingReason.Changed;

    /// <summary>A channel keeps what it began as: agent, organization, identity, mapping and groups.</summary>
    public static bool IsSame(AuthenticatedAgent before, AuthenticatedAgent now) =>
        now.AgentId == before.AgentId
        && now.OrgId == before.OrgId
        && now.MappingId == before.MappingId
        && string.Equals(now.Identity, before.Identity, StringComparison.Ordinal)
        && now.Groups.SequenceEqual(before.Groups, StringComparer.Ordinal);
}

/// <summary>As whom an agent is connected.</summary>
/// <param name="Identity">The SPIFFE ID, or <c>key</c>.</param>
/// <param name="MappingId">The mapping that led to the agent; null for a key.</param>
/// <param name="Groups">The mapping's groups; none for a key.</param>
/// <param name="ExpiresAt">When the credential ends; null for a key.</param>
/// <param name="Audience">The configured audience that the JWT-SVID named; null for a key.</param>
internal sealed record AuthenticatedAgent(
    Guid OrgId,
    Guid AgentId,
    string AgentName,
    string Identity,
    Guid? MappingId,
    IReadOnlyList<string> Groups,
    DateTimeOffset? ExpiresAt,
    string? Audience)
{
    /// <summary>Null when the credential is not an agent's.</summary>
    public static AuthenticatedAgent? Of(Authenticated proven) => proven.Agent is { } agent
        ? new(proven.OrgId, agent.Id, agent.Name, agent.Identity, agent.MappingId, proven.Groups, proven.ExpiresAt, agent.Audience)
        : null;
}
