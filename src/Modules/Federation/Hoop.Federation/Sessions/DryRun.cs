using System.Text;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Minting;
using Hoop.Federation.Principals;
using Hoop.Shared.Sealing;
using Hoop.Shared.Secrets;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Sessions;

/// <summary>The work of a dry run: credentials as posted, a token that nobody keeps, one command on the agent.</summary>
internal sealed class DryRun(TokenMint mint, PrincipalOwners owners, SealingKeys keys, FederationOptions options, ICaller caller, ISender sender)
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(30);

    /// <summary>The answer, and the stable code of what failed.</summary>
    public async Task<(TestFederation.Response Response, string? Code)> Run(
        FederationPolicy policy, SecretText? credentials, SessionUser user, TestFederation.Target target, AgentSummary agent, Connection? connection, CancellationToken cancellationToken)
    {
        var resolved = await Resolve(policy, credentials, user, cancellationToken);
        var warnings = WarningsOf(policy, user, resolved.Error is null ? resolved.Value.Principal : null);
        if (!resolved.Succeeded(out var resolution, out var error))
        {
            return (new TestFederation.Response(Success: false, ProbeStatus: "skipped", Error: error.Message, Warnings: warnings), error.Code);
        }

        var federated = FederatedVariables.Of(resolution.Principal, resolution.ProjectId, resolution.Token);
        if (!SupersededBy(target, connection, federated).Succeeded(out var superseded, out error))
        {
            return (new TestFederation.Response(Success: false, ProbeStatus: "skipped", Error: error.Message, Warnings: warnings), error.Code);
        }

        var environment = FederatedVariables.Overlay(target.Envs ?? new Dictionary<string, string>(), federated);
        var probe = await sender.Send(new ExecuteOnAgent(caller.OrgId, agent.Id, target.Command!, environment, target.TestScript!, ProbeLimit), cancellationToken);
        var succeeded = probe.Outcome == AgentExecutionOutcome.Success;
        var response = new TestFederation.Response(
            succeeded,
            resolution.Principal.Email,
            resolution.AdminPrincipal,
            [.. federated.Keys],
            superseded.Count > 0 ? superseded : null,
            federated["HOOP_GCP_TOKEN_EXPIRES_AT"],
            succeeded ? "success" : "failed",
            OutputOf(probe, agent, resolution.Token),
            Error: null,
            warnings);
        return (response, succeeded ? null : "probe_failed");
    }

    private async Task<Result<Resolution>> Resolve(FederationPolicy policy, SecretText? credentials, SessionUser user, CancellationToken cancellationToken)
    {
        if (credentials is null or { IsEmpty: true })
        {
            return PolicyErrors.MissingCredentials;
        }

        if (!AdminCredentials.Parse(Encoding.UTF8.GetBytes(credentials.Reveal()), options.TokenUris).Succeeded(out var admin, out var error)
            || !policy.PrincipalOf(user).Succeeded(out var principal, out error))
        {
            return error;
        }

        if (PrincipalGuard.Refuse(principal, admin) is { } self)
        {
            return self;
        }

        // A dry run owns nothing, and the id that it makes up for a user is not the one that a session will have.
        if (await owners.Find(caller.OrgId, principal, cancellationToken) is { } owner && !owner.Is(user) && !owner.UserEmail.Equals(user.Email, StringComparison.OrdinalIgnoreCase))
        {
            return PrincipalOwners.TakenBy(principal, owner);
        }

        return (await mint.MintOnce(admin, principal, policy.Lifetime, cancellationToken)).Succeeded(out var token, out error)
            ? new Resolution(principal, admin.ClientEmail, token, policy.ProjectId, FallbackApplied: false)
            : error;
    }

    /// <summary>What a real session would strip: of the posted variables, and of the stored secrets of the named connection.</summary>
    private Result<IReadOnlyList<string>> SupersededBy(TestFederation.Target target, Connection? connection, IReadOnlyDictionary<string, string> federated)
    {
        var secrets = ConnectionSecrets.None;
        if (connection is not null && !connection.OpenSecrets(keys, caller.OrgId).Succeeded(out secrets, out var error))
        {
            return error;
        }

        return Result.Of(FederatedVariables.SupersededOf([.. target.Envs ?? new Dictionary<string, string>(), .. secrets.Variables, .. secrets.Files], federated));
    }

    /// <summary>A probe may print its environment; the token does not leave that way.</summary>
    private static string? OutputOf(AgentExecution probe, AgentSummary agent, Token token) => probe.Outcome switch
    {
        AgentExecutionOutcome.NotConnected => $"agent stream not found for {agent.Id}",
        _ when probe.Output.Length == 0 => null,
        _ => probe.Output.Replace(token.Value, "***", StringComparison.Ordinal),
    };

    private static List<string>? WarningsOf(FederationPolicy policy, SessionUser user, CloudPrincipal? principal)
    {
        var warnings = PolicyWarnings.Of(policy, EmailAddress.TryParse(user.Email, out var address) ? address.Domain : null).ToList();
        if (principal is { IsShort: true })
        {
            warnings.Add($"the account id \"{principal.Id}\" has fewer than 6 characters; Google does not create such accounts, so the real call may be refused");
        }

        return warnings.Count > 0 ? warnings : null;
    }
}
