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
internal sealed class DryRun(
    TokenMint mint, PrincipalOwners owners, SealingKeys keys, FederationOptions options, ICaller caller, ISender sender)
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(30);

    public async Task<TestFederation.Run> Run(
        CheckedPolicy policy,
        SecretText? credentials,
        SessionUser user,
        TestFederation.Target target,
        AgentSummary agent,
        Connection? connection,
        CancellationToken cancellationToken)
    {
        var resolved = await Resolve(policy, credentials, user, cancellationToken);
        var warnings = WarningsOf(policy, user, resolved.Error is null ? resolved.Value.Principal : null);
        if (!resolved.Succeeded(out var resolution, out var error) || !SecretsOf(connection).Succeeded(out var secrets, out error))
        {
            var skipped = new TestFederation.Response(Success: false, ProbeStatus: "skipped", Error: error.Message, Warnings: warnings);
            return new TestFederation.Run(skipped, error.Code, connection?.Id, []);
        }

        var given = secrets.Variables.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in target.Envs ?? new Dictionary<string, string>())
        {
            given[name] = value;
        }

        var federated = FederatedVariables.Of(resolution.Principal, resolution.ProjectId, resolution.Token);
        var superseded = FederatedVariables.SupersededOf([.. given, .. secrets.Files], federated);
        var environment = FederatedVariables.Overlay(given, federated);
        var probe = await sender.Send(
            new ExecuteOnAgent(caller.OrgId, agent.Id, target.Command!, environment, target.TestScript!, ProbeLimit), cancellationToken);
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
        return new TestFederation.Run(
            response, succeeded ? null : "probe_failed", connection?.Id, [.. secrets.Variables.Select(variable => variable.Key)]);
    }

    private async Task<Result<Resolution>> Resolve(
        CheckedPolicy policy, SecretText? credentials, SessionUser user, CancellationToken cancellationToken)
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
        if (await owners.Find(caller.OrgId, principal, cancellationToken) is { } owner
            && !owner.Is(user)
            && !owner.UserEmail.Equals(user.Email, StringComparison.OrdinalIgnoreCase))
        {
            return PrincipalOwners.TakenBy(principal, owner);
        }

        return (await mint.MintOnce(admin, principal, policy.Lifetime, cancellationToken)).Succeeded(out var token, out error)
            ? new Resolution(principal, admin.ClientEmail, token, policy.ProjectId, FallbackApplied: false)
            : error;
    }

    private Result<ConnectionSecrets> SecretsOf(Connection? connection) =>
        connection is null ? ConnectionSecrets.None : connection.OpenSecrets(keys, caller.OrgId);

    /// <summary>A probe may print its environment; the token does not leave that way.</summary>
    private static string? OutputOf(AgentExecution probe, AgentSummary agent, Token token) => probe.Outcome switch
    {
        AgentExecutionOutcome.NotConnected => $"agent stream not found for {agent.Id}",
        _ when probe.Output.Length == 0 => null,
        _ => probe.Output.Replace(token.Value, "***", StringComparison.Ordinal),
    };

    private static List<string>? WarningsOf(CheckedPolicy policy, SessionUser user, CloudPrincipal? principal)
    {
        var warnings = PolicyWarnings.Of(policy, EmailAddress.TryParse(user.Email, out var address) ? address.Domain : null).ToList();
        if (principal is { IsShort: true })
        {
            warnings.Add(
                $"the account id \"{principal.Id}\" has fewer than 6 characters; Google does not create such accounts, so the real call may be refused");
        }

        return warnings.Count > 0 ? warnings : null;
    }
}
