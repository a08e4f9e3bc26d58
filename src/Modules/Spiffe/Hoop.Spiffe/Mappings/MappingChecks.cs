using Hoop.Shared.Jose;

namespace Hoop.Spiffe.Mappings;

/// <summary>What create and update ask about other rows.</summary>
internal sealed class MappingChecks(Db db, SpiffeOptions options)
{
    // The lock keeps the agent until the mapping is committed.
    private const string LockAgentSql = """
        SELECT true
        FROM spiffe.agents
        WHERE org_id = @OrgId AND id = @AgentId
        FOR KEY SHARE
        """;

    private const string IsTrustDomainKnownSql = """
        SELECT true
        FROM spiffe.trust_domains
        WHERE org_id = @OrgId AND name = @Name
        """;

    public Task<bool> HasAgent(Guid orgId, Guid agentId, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<bool>(LockAgentSql, new { AgentId = agentId }, cancellationToken);

    /// <summary>The mapping with what is legal but probably not meant.</summary>
    public async Task<Mapping> WithWarnings(Mapping mapping, CancellationToken cancellationToken)
    {
        var warnings = new List<string>();
        if (mapping.SpiffePrefix is { } prefix && !prefix.EndsWith('/'))
        {
            warnings.Add($"spiffe_prefix: without a final slash it also matches sibling names such as {prefix}-other");
        }

        if (await KeptOut(mapping.OrgId, mapping.TrustDomain, cancellationToken) is { } refusal)
        {
            warnings.Add($"trust_domain: {refusal.Reason}");
        }

        return warnings.Count == 0 ? mapping : mapping with { Warnings = warnings };
    }

    /// <summary>Why nobody of this trust domain can authenticate in the organization, or null.</summary>
    public async Task<Refusal?> KeptOut(Guid orgId, string name, CancellationToken cancellationToken) => options switch
    {
        { Enforced: false } => SpiffeOptions.SwitchedOff,
        { Configured: { } configured } when configured.IsFor(orgId, name) => null,
        _ when await db.Of(orgId).Find<bool>(IsTrustDomainKnownSql, new { Name = name }, cancellationToken) => null,
        _ =>
            new Refusal(
                TokenRefusalCodes.TrustDomain, $"{name} is not configured for this organization, so no identity of it can authenticate"),
    };
}
