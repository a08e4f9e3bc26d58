using System.Security.Cryptography;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Minting;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Shared.Sealing;

namespace Hoop.Federation.Sessions;

/// <summary>From a stored policy and a user to credentials: the steps of a session, in their order, with the fallback.</summary>
internal sealed class SessionResolver(
    SealingKeys keys, ProviderSet providers, PrincipalOwners owners, FindPolicy findPolicy, FederationFlag flag)
{
    public async Task<Result<Resolution>> Resolve(Guid orgId, StoredPolicy stored, SessionUser user, CancellationToken cancellationToken)
    {
        if (!stored.Check(providers).Succeeded(out var policy, out var error)
            || !Open(orgId, stored, policy.Provider).Succeeded(out var credentials, out error))
        {
            return error;
        }

        try
        {
            return await Resolve(orgId, stored, policy, user, credentials, cancellationToken);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(credentials);
        }
    }

    private async Task<Result<Resolution>> Resolve(
        Guid orgId, StoredPolicy stored, CheckedPolicy policy, SessionUser user, byte[] credentials, CancellationToken cancellationToken)
    {
        if (!policy.PrincipalOf(user).Succeeded(out var principal, out var error))
        {
            return error;
        }

        var isOwned = policy.Provider.IsOwned(policy.Template);
        if (isOwned && await owners.Refuse(orgId, stored.ConnectionId, principal, user, cancellationToken) is { } taken)
        {
            return taken;
        }

        var source = new MintSource(orgId, stored.ConnectionId, stored.Revision, stored.CredentialsRevision ?? Guid.Empty);
        var order = new IssueOrder(orgId, source, user, principal, policy.ExtraConfig, policy.Lifetime, credentials);
        var resolved = await Issue(policy, order, cancellationToken);
        return await Overtaken(orgId, stored, cancellationToken) is { } overtaken ? overtaken
            : isOwned && resolved is { Error: null, Value.FallbackApplied: false }
                && await owners.Claim(orgId, stored.ConnectionId, principal, user, cancellationToken) is { } lost ? lost
            : resolved;
    }

    /// <summary>Google may take seconds. What was removed, replaced or switched off in the meantime gives no token any more.</summary>
    private async Task<Error?> Overtaken(Guid orgId, StoredPolicy stored, CancellationToken cancellationToken)
    {
        if (await findPolicy.RevisionOf(orgId, stored.ConnectionId, cancellationToken) != stored.Revision)
        {
            providers.Drop(orgId, stored.ConnectionId);
            return PolicyErrors.Changed;
        }

        return await flag.IsOn(orgId, cancellationToken) ? null : FederationFlag.Off;
    }

    private static async Task<Result<Resolution>> Issue(CheckedPolicy policy, IssueOrder order, CancellationToken cancellationToken)
    {
        var provider = policy.Provider;
        if ((await provider.Issue(order, cancellationToken)).Succeeded(out var issued, out var refused))
        {
            return new Resolution(provider, order.Principal, issued, FallbackApplied: false);
        }

        if (policy is not { Fallback: Fallback.Readonly, ReadonlyPrincipal: { } shared } || !provider.IsAboutPrincipal(refused.Code))
        {
            return refused;
        }

        return (await provider.Issue(order with { Principal = shared }, cancellationToken)).Succeeded(out issued, out var alsoRefused)
            ? new Resolution(provider, shared, issued, FallbackApplied: true) { FallbackReason = refused.Message }
            : alsoRefused with { Message = $"federation failed and fallback also failed: primary={refused.Message} fallback={alsoRefused.Message}" };
    }

    /// <summary>Opened for each session, also for a warm one: a row whose credentials were swapped or changed must refuse.</summary>
    private Result<byte[]> Open(Guid orgId, StoredPolicy stored, IProvider provider)
    {
        if (!provider.TakesCredentials)
        {
            return Array.Empty<byte>();
        }

        return stored.Credentials is null
            ? PolicyErrors.MissingCredentials
            : keys.Open(StoredPolicy.PlaceOf(orgId, stored.ConnectionId), stored.Credentials);
    }
}
