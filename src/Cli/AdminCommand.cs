using System.CommandLine;
using Hoop.Cli.Agents;
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
using Hoop.Cli.TrustDomains;

namespace Hoop.Cli;

/// <summary><c>hoop admin</c>: verb first, then the kind of resource, as <c>type name</c> or <c>type/name</c>.</summary>
internal static class AdminCommand
{
    public static Command Command() => new Verb("admin", "Manage the gateway; most of it needs the admin role")
    {
        new Verb("create", "Create a resource")
        {
            CreateAgent.Command(),
            CreateConnection.Command(),
            CreateIssuer.Command(),
            CreateOrganization.Command(),
            CreateServiceAccount.Command(),
            CreateRule.Command(),
            CreateSpiffeMapping.Command(),
            CreateTrustDomain.Command(),
            CreateUser.Command(),
        },
        new Verb("get", "Show resources: all of a kind, or one by name")
        {
            GetAgents.Command(),
            GetConnections.Command(),
            GetIssuers.Command(),
            GetOrganizations.Command(),
            GetServiceAccounts.Command(),
            GetRules.Command(),
            GetSessions.Command(),
            GetSpiffeMappings.Command(),
            GetTrustDomains.Command(),
            GetUserInfo.Command(),
            GetUsers.Command(),
            GetServerInfo.Command(),
            ResourceList.Query,
        }.With("""
            hoop admin get agents
            hoop admin get agent/web -o json
            hoop admin get spiffe-mappings -q trust_domain=example.com
            """).Explaining(
            "Filters (-q)",
            ("agents", "status=online, status=offline"),
            ("sessions", "connection, user, status (open, done, failed, denied, ended, lost), correlation_id; page_size and cursor"),
            ("spiffe-mappings", "trust_domain, spiffe_id, spiffe_prefix, agent_id, group; page_size and cursor for a long list"),
            ("users", "status, email, subject, issuer; page_size and cursor for a long list"),
            ("the other kinds", "none")),
        new Verb("delete", "Delete a resource")
        {
            DeleteAgent.Command(),
            DeleteConnection.Command(),
            DeleteIssuer.Command(),
            DeleteOrganization.Command(),
            DeleteServiceAccount.Command(),
            DeleteRule.Command(),
            DeleteSpiffeMapping.Command(),
            DeleteTrustDomain.Command(),
            DeleteUser.Command(),
        }.With("""
            hoop admin delete agent/web
            hoop admin delete connection my-bq
            """),
        new Verb("import", "Create many resources: from a file, or from another system")
        {
            ImportSpiffeMappings.Command(),
            ImportVault.Command(),
        },
        new Verb("kill", "End what is running") { KillSession.Command() },
        new Verb("update", "Change a resource") { UpdateUser.Command() },
        new Verb("rotate-key", "Replace the key of a resource") { RotateAgentKey.Command() },
        FeatureFlagCommand.Command(),
        FederationCommand.Command(),
        new Verb("issuer", "Look at access tokens") { TestIssuer.Command() },
        new Verb("spiffe", "Look at SPIFFE identities") { ResolveSpiffeId.Command() },
        GetServerInfo.Command(),
        Call.Output,
        Call.Timeout,
    };
}
