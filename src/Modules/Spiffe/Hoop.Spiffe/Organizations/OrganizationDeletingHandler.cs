using Hoop.Identity.Contracts;
using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Mappings;
using Hoop.Spiffe.TrustDomains;

namespace Hoop.Spiffe.Organizations;

/// <summary>
/// What this module keeps for an organization. The announcements make every gateway close the channels and let go of the bundles. The
/// names of the trust domains are nobody's afterwards: who wants one needs the operator or a proof, as for any other.
/// </summary>
internal sealed class OrganizationDeletingHandler(
    Db db, BulkDeletion bulk) : INotificationHandler<OrganizationCounting>, INotificationHandler<OrganizationDeleting>
{
    private const string CountMappingsSql = """
        SELECT count(*)
        FROM spiffe.mappings
        WHERE org_id = @OrgId
        """;

    private const string CountAgentsSql = """
        SELECT count(*)
        FROM spiffe.agents
        WHERE org_id = @OrgId
        """;

    private const string CountTrustDomainsSql = """
        SELECT count(*)
        FROM spiffe.trust_domains
        WHERE org_id = @OrgId
        """;

    private const string DeleteMappingsSql = """
        DELETE FROM spiffe.mappings
        WHERE org_id = @OrgId AND id IN (
          SELECT id FROM spiffe.mappings WHERE org_id = @OrgId ORDER BY created_at DESC, id DESC LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteAgentsSql = """
        DELETE FROM spiffe.agents
        WHERE org_id = @OrgId AND id IN (SELECT id FROM spiffe.agents WHERE org_id = @OrgId ORDER BY id LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteTrustDomainsSql = """
        DELETE FROM spiffe.trust_domains
        WHERE org_id = @OrgId AND id IN (SELECT id FROM spiffe.trust_domains WHERE org_id = @OrgId ORDER BY name LIMIT @Batch)
        RETURNING id::text
        """;

    private const string DeleteNamesSql = """
        DELETE FROM spiffe.trust_domain_names
        WHERE org_id = @OrgId AND name IN (SELECT name FROM spiffe.trust_domain_names WHERE org_id = @OrgId ORDER BY name LIMIT @Batch)
        RETURNING name
        """;

    // Mappings before the agents that they name, or the foreign key would take them without a trace.
    private static readonly (string Kind, string DeleteSql)[] Kinds =
    [
        ("spiffe_mapping", DeleteMappingsSql),
        ("agent", DeleteAgentsSql),
        ("trust_domain", DeleteTrustDomainsSql),
        ("trust_domain_name", DeleteNamesSql),
    ];

    private static readonly string[] Topics = [Mapping.Topic, Agent.Topic, StoredTrustDomain.Topic];

    public async Task Handle(OrganizationCounting notification, CancellationToken cancellationToken)
    {
        var organization = db.Of(notification.OrgId);
        notification.Counts["spiffe_mapping"] = await organization.Find<long>(CountMappingsSql, args: null, cancellationToken);
        notification.Counts["agent"] = await organization.Find<long>(CountAgentsSql, args: null, cancellationToken);
        notification.Counts["trust_domain"] = await organization.Find<long>(CountTrustDomainsSql, args: null, cancellationToken);
    }

    public async Task Handle(OrganizationDeleting notification, CancellationToken cancellationToken)
    {
        foreach (var (kind, deleteSql) in Kinds)
        {
            var gone = await bulk.Of(notification.OrgId, kind, OrganizationDeleting.Reason, deleteSql, cancellationToken);
            notification.Deleted[kind] = gone.Count;
        }

        foreach (var topic in Topics)
        {
            db.Announce(topic, ChangeKey.Of(notification.OrgId));
        }
    }
}
