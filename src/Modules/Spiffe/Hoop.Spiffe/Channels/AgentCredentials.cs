using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Contracts;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Spiffe.Channels;

/// <summary>Asks what a credential is worth now, by the same two requests that authenticate every other call.</summary>
internal sealed class AgentCredentials(IServiceScopeFactory scopes)
{
    public async Task<AuthenticatedAgent?> Verify(string credential, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var sender = scope.ServiceProvider.GetRequiredService<ISender>();
        return AgentSecret.TryParse(credential, out _)
            ? await sender.Send(new AuthenticateAgentKey(credential), cancellationToken)
            : await sender.Send(new AuthenticateSvid(credential), cancellationToken);
    }

    /// <summary>Null while the channel is worth what it was; else why it must close.</summary>
    public async Task<string?> Judge(AgentChannel channel, CancellationToken cancellationToken)
    {
        var (before, credential) = (channel.Agent, channel.Credential);
        var now = await Verify(credential, cancellationToken);
        return now switch
        {
            null => ClosingReason.Revoked,
            _ when now.AgentId != before.AgentId || now.OrgId != before.OrgId || now.MappingId != before.MappingId => ClosingReason.Changed,
            _ when !now.Groups.SequenceEqual(before.Groups, StringComparer.Ordinal) => ClosingReason.Changed,
            _ => null,
        };
    }
}
