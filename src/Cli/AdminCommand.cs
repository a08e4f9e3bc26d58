using System.CommandLine;
using Hoop.Cli.Agents;
using Hoop.Cli.ApiTokens;
using Hoop.Cli.Audit;
using Hoop.Cli.Callers;
using Hoop.Cli.CommandLine;
using Hoop.Cli.Connections;
using Hoop.Cli.FeatureFlags;
using Hoop.Cli.Federation;
using Hoop.Cli.Import;
using Hoop.Cli.Issuers;
using Hoop.Cli.Organizations;
using Hoop.Cli.People;
using Hoop.Cli.ServiceAccounts;
using Hoop.Cli.Sessions;
using Hoop.Cli.Spiffe;
using Hoop.Cli.SpiffeMappings;
using Hoop.Cli.Store;
using Hoop.Cli.TrustDomains;

namespace Hoop.Cli;

/// <summary><c>hoop admin</c>: verb first, then the kind of resource, as <c>type name</c> or <c>type/name</c>.</summary>
internal static class AdminCommand
{
    public static Command Command() => new Verb("admin", "Manage the gateway; most of it needs the admin role")
    {
        Of(
            new Verb("create", "Create a resource"),
            [
                CreateAgent.Command(),
                CreateConnection.Command(),
                CreateIssuer.Command(),
                CreateOrganization.Command(),
                OrganizationChanges.AdminToken(),
                CreateServiceAccount.Command(),
                CreateRule.Command(),
                CreateSpiffeMapping.Command(),
                CreateTrustDomain.Command(),
                CreateUser.Command(),
                ApiTokenCommands.Create(),
                .. StoreWrites.Creates(),
            ]),
        Of(
            new Verb("get", "Show resources: all of a kind, or one by name") { ResourceList.Query, ResourceList.Watching },
            [.. Shown(), GetUserInfo.Command(), GetServerInfo.Command()]).With("""
            hoop admin get agents
            hoop admin get agent/web -o json
            hoop admin get spiffe-mappings -q trust_domain=example.com
            hoop admin get sessions -q status=open --watch
            """).Explaining(
            "Filters (-q)",
            ("agents", "status=online, status=offline"),
            ("audit", "actor_alias, actor_subject, actor_kind, resource_type, resource_id, action, outcome, correlation_id, org_id, "
                + "created_after, created_before"),
            ("sessions", "connection, user, status (open, opening, running, done, failed, denied, ended, lost), correlation_id"),
            ("serviceaccounts", "subject, issuer"),
            ("spiffe-mappings", "trust_domain, spiffe_id, spiffe_prefix, agent_id, group"),
            ("users", "status, email, subject, issuer"),
            ("all of them", "page_size and cursor go through a long list; after and limit through entities, groups and policies")),
        Of(
            new Verb("describe", "Show one resource with everything that it has"),
            [.. Shown().OfType<Verb>().Select(Described)]).With("""
            hoop admin describe agent web
            hoop admin describe trust-domain/example.com
            """),
        Of(
            new Verb("delete", "Delete a resource"),
            [
                DeleteAgent.Command(),
                DeleteConnection.Command(),
                DeleteIssuer.Command(),
                DeleteOrganization.Command(),
                DeleteServiceAccount.Command(),
                DeleteRule.Command(),
                DeleteSpiffeMapping.Command(),
                DeleteTrustDomain.Command(),
                TrustDomainNameCommands.Delete(),
                DeleteUser.Command(),
                ApiTokenCommands.Delete(),
                .. StoreCommands.Deletes(),
            ]).With("""
            hoop admin delete agent/web
            hoop admin delete connection my-bq
            """),
        new Verb("import", "Create many resources: from a file, or from another system")
        {
            ImportSpiffeMappings.Command(),
            ImportVault.Command(),
        },
        new Verb("kill", "End what is running") { KillSession.Command() },
        new Verb("refresh", "Fetch anew what the gateway keeps of others") { RefreshTrustDomain.Command() },
        new Verb("release", "Give back what belongs to somebody") { PrincipalCommands.Release() },
        Of(
            new Verb("update", "Change a resource"),
            [
                UpdateUser.Command(),
                OrganizationChanges.Rename(),
                OrganizationChanges.SetQuotas(),
                CreateTrustDomain.Update(),
                TrustDomainNameCommands.Update(),
                .. StoreWrites.Updates(),
            ]),
        new Verb("rotate-key", "Replace the key of a resource") { RotateAgentKey.Command() },
        FeatureFlagCommand.Command(),
        FederationCommand.Command(),
        new Verb("issuer", "Look at access tokens") { TestIssuer.Command() },
        new Verb("spiffe", "Look at SPIFFE identities") { ResolveSpiffeId.Command() },
        GetServerInfo.Command(),
        Call.Output,
        Call.Timeout,
    };

    /// <summary>What both <c>get</c> and <c>describe</c> show; a command has one place in the tree, so each takes its own.</summary>
    private static IEnumerable<Command> Shown() =>
    [
        GetAgents.Command(),
        GetAudit.Command(),
        GetConnections.Command(),
        GetIssuers.Command(),
        GetOrganizations.Command(),
        OrganizationChanges.GetQuotas(),
        PrincipalCommands.Get(),
        GetServiceAccounts.Command(),
        GetRules.Command(),
        GetSessions.Command(),
        GetSpiffeMappings.Command(),
        ApiTokenCommands.Get(),
        GetTrustDomains.Command(),
        TrustDomainNameCommands.Get(),
        GetUsers.Command(),
        .. StoreCommands.Gets(),
    ];

    private static Verb Of(Verb verb, IEnumerable<Command> commands)
    {
        foreach (var command in commands)
        {
            verb.Subcommands.Add(command);
        }

        return verb;
    }

    private static Verb Described(Verb shown) => shown.With(string.Join(
        '\n',
        shown.Examples.Split('\n')
            .Where(line => !line.Contains(" -q ", StringComparison.Ordinal) && !line.Contains("--watch", StringComparison.Ordinal))
            .Select(line => line.Replace("hoop admin get", "hoop admin describe", StringComparison.Ordinal))
            .Select(line => line.Replace(" -o json", "", StringComparison.Ordinal))
            .Distinct(StringComparer.Ordinal)
            .DefaultIfEmpty($"hoop admin describe {shown.Name}")));
}
