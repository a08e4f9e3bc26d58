using System.Security.Cryptography;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Minting;
using Hoop.Federation.Principals;
using Hoop.Shared.Sealing;

namespace Hoop.Federation.Sessions;

/// <summary>A user's credentials for one session.</summary>
internal sealed record Resolution(CloudPrincipal Principal, string AdminPrincipal, Token Token, string ProjectId, bool FallbackApplied)
{
    /// <summary>Why the user's own account was refused, when another took its place.</summary>
    public string? FallbackReason { get; init; }
}

/// <summary>From a stored policy and a user to credentials: the steps of a session, in their order, with the fallback.</summary>
internal sealed class SessionResolver(
    SealingKeys keys, TokenMint mint, PrincipalOwners owners, FindPolicy findPolicy, FederationFlag flag, FederationOptions options)
{
    public async Task<Result<Resolution>> Resolve(Guid orgId, StoredPolicy stored, SessionUser user, CancellationToken cancellationToken)
    {
        if (!stored.Check().Succeeded(out var policy, out var error) || !Open(orgId, stored).Succeeded(out var admin, out error))
        {
            return error;
        }

        if (!policy.PrincipalOf(user).Succeeded(out var principal, out error))
        {
            return error;
        }

        if (await owners.Refuse(orgId, stored.ConnectionId, principal, user, cancellationToken) is { } taken)
        {
            return taken;
        }

        var resolved = await Mint(orgId, stored, policy, admin, principal, cancellationToken);
        return await Overtaken(orgId, stored, cancellationToken) is { } overtaken ? overtaken
            : resolved is { Error: null, Value.FallbackApplied: false }
                && await owners.Claim(orgId, stored.ConnectionId, principal, user, cancellationToken) is { } lost ? lost
            : resolved;
    }

    /// <summary>Google may take seconds. What was removed, replaced or switched off in the meantime gives no token any more.</summary>
    private async Task<Error?> Overtaken(Guid orgId, StoredPolicy stored, CancellationToken cancellationToken)
    {
        if (await findPolicy.RevisionOf(orgId, stored.ConnectionId, cancellationToken) != stored.Revision)
        {
            mint.Drop(orgId, stored.ConnectionId);
            return PolicyErrors.Changed;
        }

        return await flag.IsOn(orgId, cancellationToken) ? null : FederationFlag.Off;
    }

    private async Task<Result<Resolution>> Mint(
        Guid orgId, StoredPolicy stored, CheckedPolicy policy, AdminCredentials admin, CloudPrincipal principal,
            CancellationToken cancellationToken)
    {
        var source = new MintSource(orgId, stored.ConnectionId, stored.Revision, stored.CredentialsRevision!.Value);
        var first = await Mint(source, admin, principal, policy, fallback: false, cancellationToken);
        if (first.Error is not { } refused
            || policy is not { Fallback: Fallback.Readonly, ReadonlyPrincipal: { } readonlyPrincipal }
            || !GoogleRefusals.AllowsFallback(refused.Code))
        {
            return first;
        }

        var second = await Mint(source, admin, readonlyPrincipal, policy, fallback: true, cancellationToken);
        return second.Error is { } alsoRefused
            ? alsoRefused with { Message = $"federation failed and fallback also failed: primary={refused.Message} fallback={alsoRefused.Message}" }
            : second.Value with { FallbackReason = refused.Message };
    }

    private async Task<Result<Resolution>> Mint(
        MintSource source,
        AdminCredentials admin,
        CloudPrincipal principal,
        CheckedPolicy policy,
        bool fallback,
        CancellationToken cancellationToken)
    {
        if (PrincipalGuard.Refuse(principal, admin) is { } self)
        {
            return self;
        }

        return (await mint.Mint(source, admin, principal, policy.Lifetime, cancellationToken)).Succeeded(out var token, out var error)
            ? new Resolution(principal, admin.ClientEmail, token, policy.ProjectId, fallback)
            : error;
    }

    /// <summary>Opened for each session, also for a warm one: a row whose credentials were swapped or changed must refuse.</summary>
    private Result<AdminCredentials> Open(Guid orgId, StoredPolicy stored)
    {
        if (stored.Credentials is null)
        {
            return PolicyErrors.MissingCredentials;
        }

        if (!keys.Open(StoredPolicy.PlaceOf(orgId, stored.ConnectionId), stored.Credentials).Succeeded(out var plain, out var error))
        {
            return error;
        }

        try
        {
            return AdminCredentials.Parse(plain, options.TokenUris);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }
}

internal static class PrincipalGuard
{
    /// <summary>A user whose name renders to the admin account would be given the right to act as everybody.</summary>
    public static Error? Refuse(CloudPrincipal principal, AdminCredentials admin) => principal.Email == admin.ClientEmail
        ? Error.Denied($"principal \"{principal.Email}\" is the admin account itself; no session may act as it", "principal_is_admin")
        : null;
}
