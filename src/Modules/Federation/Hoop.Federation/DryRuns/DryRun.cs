using System.Security.Cryptography;
using System.Text;
using Hoop.Federation.ConnectionPolicies;
using Hoop.Federation.Connections;
using Hoop.Federation.Principals;
using Hoop.Federation.Providers;
using Hoop.Federation.Sessions;
using Hoop.Shared.Sealing;
using Hoop.Shared.Secrets;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.DryRuns;

/// <summary>The work of a dry run: credentials as posted, a token that nobody keeps, one command on the agent.</summary>
internal sealed class DryRun(
    PrincipalOwners owners, SealingKeys keys, ICaller caller, ISender sender)
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

        var issued = resolution.Issued;
        var superseded = resolution.SupersededOf([.. given, .. secrets.Files]);
        var environment = resolution.Overlay(given);
        var probe = await sender.Send(
            new ExecuteOnAgent(caller.OrgId, agent.Id, target.Command!, environment, target.TestScript!, ProbeLimit), cancellationToken);
        var succeeded = probe.Outcome == AgentExecutionOutcome.Success;
        if (probe is { Outcome: AgentExecutionOutcome.Failed, ExitCode: { } code, Output.Length: 0 })
        {
            warnings = [.. warnings ?? [], $"the probe's command ended with exit code {code} and wrote nothing"];
        }

        var response = new TestFederation.Response(
            succeeded,
            resolution.Principal.Name,
            issued.AdminPrincipal,
            [.. issued.Variables.Keys, .. issued.Files.Keys],
            superseded.Count > 0 ? superseded : null,
            Rfc3339.Of(issued.ExpiresAt),
            succeeded ? "success" : "failed",
            OutputOf(probe, agent, issued),
            Error: null,
            warnings,
            issued.Identity is { } identity
                ? new IdentityTokenFacts(identity.Issuer, identity.Subject, identity.Audience)
                : null);
        return new TestFederation.Run(
            response, succeeded ? null : "probe_failed", connection?.Id, [.. secrets.Variables.Select(variable => variable.Key)]);
    }

    private async Task<Result<Resolution>> Resolve(
        CheckedPolicy policy, SecretText? credentials, SessionUser user, CancellationToken cancellationToken)
    {
        var provider = policy.Provider;
        if (provider.TakesCredentials && credentials is null or { IsEmpty: true })
        {
            return PolicyErrors.MissingCredentials;
        }

        if (!policy.PrincipalOf(user).Succeeded(out var principal, out var error))
        {
            return error;
        }

        // A dry run owns nothing, and the id that it makes up for a user is not the one that a session will have.
        if (provider.IsOwned(policy.Template)
            && await owners.Find(caller.OrgId, principal, cancellationToken) is { } owner
            && !owner.Is(user)
            && !owner.UserEmail.Equals(user.Email, StringComparison.OrdinalIgnoreCase))
        {
            return PrincipalOwners.TakenBy(principal, owner);
        }

        var plain = provider.TakesCredentials ? Encoding.UTF8.GetBytes(credentials!.Reveal()) : [];
        try
        {
            var order = new IssueOrder(caller.OrgId, Source: null, user, principal, policy.ExtraConfig, policy.Lifetime, plain);
            return (await provider.Issue(order, cancellationToken)).Select(
                issued => new Resolution(provider, principal, issued, FallbackApplied: false));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private Result<ConnectionSecrets> SecretsOf(Connection? connection) =>
        connection is null ? ConnectionSecrets.None : connection.OpenSecrets(keys, caller.OrgId);

    /// <summary>A probe may print its environment; the token does not leave that way.</summary>
    private static string? OutputOf(AgentExecution probe, AgentSummary agent, Issued issued) => probe.Outcome switch
    {
        AgentExecutionOutcome.NotConnected => $"agent stream not found for {agent.Id}",
        _ when probe.Output.Length == 0 => null,
        _ => issued.Secrets.Aggregate(
            probe.Output, (output, secret) => output.Replace(secret, "***", StringComparison.Ordinal)),
    };

    private static List<string>? WarningsOf(CheckedPolicy policy, SessionUser user, Principal? principal)
    {
        var warnings = PolicyWarnings.Of(policy, EmailAddress.TryParse(user.Email, out var address) ? address.Domain : null).ToList();
        if (principal?.Warning is { } warning)
        {
            warnings.Add(warning);
        }

        return warnings.Count > 0 ? warnings : null;
    }
}
