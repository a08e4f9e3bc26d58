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
internal sealed class DryRun(TokenMint mint, SealingKeys keys, FederationOptions options, ICaller caller, ISender sender)
{
    private static readonly TimeSpan ProbeLimit = TimeSpan.FromSeconds(30);

    /// <summary>The answer, and the stable code of what failed.</summary>
    public async Task<(TestFederation.Response Response, string? Code)> Run(
        FederationPolicy policy, SecretText? credentials, SessionUser user, TestFederation.Target target, AgentSummary agent, Connection? connection, CancellationToken cancellationToken)
    {
        var resolved = await Resolve(policy, credentials, user, cancellationToken);
        var warnings = WarningsOf(policy, resolved.Error is null ? resolved.Value.Principal : null);
        if (!resolved.Succeeded(out var resolution, out var error))
        {
            return (new TestFederation.Response(Success: false, ProbeStatus: "skipped", Error: error.Message, Warnings: warnings), error.Code);
        }

        if (!SupersededBy(target, connection).Succeeded(out var superseded, out error))
        {
            return (new TestFederation.Response(Success: false, ProbeStatus: "skipped", Error: error.Message, Warnings: warnings), error.Code);
        }

        var federated = FederatedVariables.Of(resolution.Principal, resolution.ProjectId, resolution.Token);
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

        return (await mint.MintOnce(admin, principal, policy.Lifetime, cancellationToken)).Succeeded(out var token, out error)
            ? new Resolution(principal, admin.ClientEmail, token, policy.ProjectId, FallbackApplied: false)
            : error;
    }

    /// <summary>What a real session would strip: of the posted variables, and of the stored secrets of the named connection.</summary>
    private Result<IReadOnlyList<string>> SupersededBy(TestFederation.Target target, Connection? connection)
    {
        var secrets = ConnectionSecrets.None;
        if (connection is not null && !connection.OpenSecrets(keys, caller.OrgId).Succeeded(out secrets, out var error))
        {
            return error;
        }

        var given = (target.Envs?.Keys ?? []).Concat(secrets.Variables.Select(entry => entry.Key)).Concat(secrets.Files.Select(entry => entry.Key)).ToHashSet(StringComparer.Ordinal);
        return FederatedVariables.Superseded.Where(given.Contains).ToArray();
    }

    /// <summary>A probe may print its environment; the token does not leave that way.</summary>
    private static string? OutputOf(AgentExecution probe, AgentSummary agent, Token token) => probe.Outcome switch
    {
        AgentExecutionOutcome.NotConnected => $"agent stream not found for {agent.Id}",
        _ when probe.Output.Length == 0 => null,
        _ => probe.Output.Replace(token.Value, "***", StringComparison.Ordinal),
    };

    private static List<string>? WarningsOf(FederationPolicy policy, CloudPrincipal? principal)
    {
        var warnings = new List<string>();
        if (policy.Template.DropsDomain && policy.EmailDomains is null)
        {
            warnings.Add("{user.email_local} drops the domain: users of two domains with the same local part share one principal; list the domains that may come in extra_config.allowed_email_domains");
        }

        if (principal is { IsShort: true })
        {
            warnings.Add($"the account id \"{principal.Id}\" has fewer than 6 characters; Google does not create such accounts, so the real call may be refused");
        }

        return warnings.Count > 0 ? warnings : null;
    }
}
