using Hoop.Shared;
using Hoop.Spiffe.Agents;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// From an identity to its agent: the exact mapping, else the one with the longest prefix, inside one organization. The only place
/// that knows this rule; authentication and <c>resolve</c> both come here.
/// </summary>
internal sealed class MappingLookup(Db db, TemplateCache templates, Dependencies on)
{
    // One statement and index probes only. The walk starts above the whole identity with the exact match; each step jumps to the next
    // shorter length that is stored for the trust domain and probes the identity's beginning of that length. So the work
    // grows with the distinct lengths stored, not with the mappings. It stops by a number and not by a boolean, because a constant
    // boolean makes the planner prefer to plan each call anew, which costs more than the lookup. No LIKE: '_' is legal in a SPIFFE path
    // and would match any character. The rows are fetched one by one: a plain join was planned as a hash over all mappings of the
    // organization while these were some ten thousand. The benchmarks give the same text to a bare program and to pgbench.
    public const string ResolveSql = $"""
        WITH RECURSIVE walk (mapping_id, length, found_before) AS (
          SELECT (SELECT e.id
                  FROM spiffe.mappings AS e
                  WHERE e.org_id = @OrgId AND e.spiffe_id = @SpiffeId AND e.trust_domain = @TrustDomain),
                 length(@SpiffeId) + 1, 0
          UNION ALL
          SELECT (SELECT p.id
                  FROM spiffe.mappings AS p
                  WHERE p.org_id = @OrgId AND p.trust_domain = @TrustDomain
                    AND p.prefix_length = shorter.length AND p.spiffe_prefix = left(@SpiffeId, shorter.length)),
                 shorter.length, walk.found_before + (walk.mapping_id IS NOT NULL)::integer
          FROM walk
          CROSS JOIN LATERAL (
            SELECT s.prefix_length AS length
            FROM spiffe.mappings AS s
            WHERE s.org_id = @OrgId AND s.trust_domain = @TrustDomain
              AND s.spiffe_prefix IS NOT NULL AND s.prefix_length < walk.length
            ORDER BY s.prefix_length DESC
            LIMIT 1) AS shorter
          WHERE walk.found_before + (walk.mapping_id IS NOT NULL)::integer < @Most
        )
        SELECT {Mapping.Columns},
               (SELECT a.name FROM spiffe.agents AS a WHERE a.org_id = @OrgId AND a.id = m.agent_id) AS agent_name,
               (SELECT t.updated_at FROM spiffe.trust_domains AS t WHERE t.org_id = @OrgId AND t.name = @TrustDomain)
                 AS trust_domain_version
        FROM walk
        CROSS JOIN LATERAL (
          SELECT {Mapping.Columns}
          FROM spiffe.mappings AS m
          WHERE m.org_id = @OrgId AND m.id = walk.mapping_id
          LIMIT 1) AS m
        ORDER BY walk.length DESC
        """;

    private const string FindAgentSql = """
        SELECT a.id, a.name
        FROM spiffe.agents AS a
        WHERE a.org_id = @OrgId AND (a.name = @Name OR a.id = @Id)
        ORDER BY (a.name = @Name) DESC
        LIMIT 1
        """;

    /// <param name="orgId">Whose mappings count.</param>
    /// <param name="id">The identity.</param>
    /// <param name="all">Also finds the mappings that would win if the winner were gone; for people who ask why.</param>
    public async Task<Resolution> Resolve(Guid orgId, SpiffeId id, bool all, CancellationToken cancellationToken)
    {
        on.On(Mapping.Topic, orgId);
        on.On(Mapping.Topic, orgId, id.Text);
        on.On(Agent.Topic, orgId);
        var query = new { SpiffeId = id.Text, TrustDomain = id.TrustDomain.Name, Most = all ? SpiffeId.MaxLength + 1 : 1 };
        var rows = await db.Of(orgId).List<Row>(ResolveSql, query, cancellationToken);
        if (rows.Count == 0)
        {
            return new Resolution(id, Refused: new Refusal("no_mapping", "no mapping of the organization matches this identity"));
        }

        var winner = rows[0];
        var found = new Resolution(id)
        {
            Mapping = winner.Mapping,
            WorkloadIdentifier = winner.SpiffePrefix is { } prefix ? id.Text[prefix.Length..] : "",
            Candidates = [.. rows.Select(row => row.Id)],
            TrustDomainVersion = winner.TrustDomainVersion,
        };
        return winner.AgentTemplate is { } template
            ? await OfTemplate(orgId, found, template, cancellationToken)
            : found with { AgentId = winner.AgentId, AgentName = winner.AgentName! };
    }

    private async Task<Resolution> OfTemplate(Guid orgId, Resolution found, string text, CancellationToken cancellationToken)
    {
        if (!templates.TryGet(text, out var template, out var error)
            || !template.TryRender(found.WorkloadIdentifier, found.Id.Text, out var name, out error))
        {
            return found with { Refused = new Refusal("template_failed", error) };
        }

        var agent = await db.Of(orgId).Find<AgentRow>(FindAgentSql, new { Name = name, Id = StrictUuid.Parse(name) }, cancellationToken);
        return agent is null
            ? found with
            {
                AgentName = name,
                Refused = new Refusal("no_such_agent", $"the template names the agent {name}, which does not exist")
            }
            : found with { AgentId = agent.Id, AgentName = agent.Name };
    }

    private sealed record AgentRow(Guid Id, string Name);

    private sealed record Row(
        Guid Id,
        Guid OrgId,
        string TrustDomain,
        string? SpiffeId,
        string? SpiffePrefix,
        Guid? AgentId,
        string? AgentTemplate,
        string[] Groups,
        DateTime CreatedAt,
        DateTime UpdatedAt,
        string? AgentName,
        DateTime? TrustDomainVersion)
    {
        public Mapping Mapping => new(Id, OrgId, TrustDomain, SpiffeId, SpiffePrefix, AgentId, AgentTemplate, Groups, CreatedAt, UpdatedAt);
    }
}

/// <summary>What an identity leads to. Either <see cref="AgentId"/> or <see cref="Refused"/> is set.</summary>
/// <param name="Id">The identity that was asked for.</param>
/// <param name="Refused">Why it leads to no agent; null when it does.</param>
internal sealed record Resolution(SpiffeId Id, Refusal? Refused = null)
{
    /// <summary>The mapping that won, also when its agent could not be found.</summary>
    public Mapping? Mapping { get; init; }

    /// <summary>What follows the prefix; empty for an exact mapping.</summary>
    public string WorkloadIdentifier { get; init; } = "";

    /// <summary>The agent's name, or what the template rendered to when there is no such agent.</summary>
    public string AgentName { get; init; } = "";

    public Guid? AgentId { get; init; }

    /// <summary>Ids of the matching mappings, the winner first; only the winner unless all were asked for.</summary>
    public IReadOnlyList<Guid> Candidates { get; init; } = [];

    /// <summary>
    /// When the trust domain's row was last changed, read in the same statement; null when no row of the organization has that name.
    /// </summary>
    public DateTime? TrustDomainVersion { get; init; }
}
