using Hoop.Shared.Quotas;

namespace Hoop.Spiffe;

/// <summary>The kinds that this module counts.</summary>
internal static class SpiffeQuotas
{
    // Names count, also those whose trust domain is gone: whoever may take names must not be able to take all of them.
    private const string CountTrustDomainsSql = """
        SELECT count(*)
        FROM (
          SELECT name FROM spiffe.trust_domain_names WHERE org_id = @OrgId
          UNION
          SELECT name FROM spiffe.trust_domains WHERE org_id = @OrgId
          LIMIT @Most
        ) AS counted
        """;

    private const string CountAgentsSql = """
        SELECT count(*)
        FROM (SELECT FROM spiffe.agents WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    private const string CountMappingsSql = """
        SELECT count(*)
        FROM (SELECT FROM spiffe.mappings WHERE org_id = @OrgId LIMIT @Most) AS counted
        """;

    public static readonly Quota TrustDomains = new("trust_domains", "HOOP_QUOTA_TRUST_DOMAINS", 50, CountTrustDomainsSql);

    public static readonly Quota Agents = new("agents", "HOOP_QUOTA_AGENTS", 10_000, CountAgentsSql);

    public static readonly Quota Mappings = new("mappings", "HOOP_QUOTA_MAPPINGS", 2_000_000, CountMappingsSql);
}
