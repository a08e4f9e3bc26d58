using Hoop.Shared.Jose;

namespace Hoop.Spiffe.Mappings;

/// <summary>What create and update say about a mapping that is legal but probably not meant.</summary>
internal sealed class MappingChecks(Db db, SpiffeOptions options)
{
    /// <summary>A column beside those of a mapping: whether the organization has its trust domain.</summary>
    public const string IsDomainKnown =
        "EXISTS (SELECT 1 FROM spiffe.trust_domains AS t WHERE t.org_id = m.org_id AND t.name = m.trust_domain) AS is_domain_known";

    private const string IsTrustDomainKnownSql = """
        SELECT true
        FROM spiffe.trust_domains
        WHERE org_id = @OrgId AND name = @Name
        """;

    /// <summary>The mapping as it was written, with the warnings.</summary>
    public Mapping WithWarnings(Written written)
    {
        var mapping = written.Mapping;
        var warnings = new List<string>();
        if (mapping.SpiffePrefix is { } prefix && !prefix.EndsWith('/'))
        {
            warnings.Add($"spiffe_prefix: without a final slash it also matches sibling names such as {prefix}-other");
        }

        if (KeptOut(mapping.OrgId, mapping.TrustDomain, written.IsDomainKnown) is { } refusal)
        {
            warnings.Add($"trust_domain: {refusal.Reason}");
        }

        return warnings.Count == 0 ? mapping : mapping with { Warnings = warnings };
    }

    /// <summary>Why nobody of this trust domain can authenticate in the organization, or null.</summary>
    public async ValueTask<Refusal?> KeptOut(Guid orgId, Resolution found, CancellationToken cancellationToken)
    {
        var name = found.Id.TrustDomain.Name;

        // What was found tells of its trust domain; only where nothing was found it must be asked for.
        return found.Mapping is null && KeptOut(orgId, name, isKnown: false) is not null
            ? KeptOut(orgId, name, await db.Of(orgId).Find<bool>(IsTrustDomainKnownSql, new { Name = name }, cancellationToken))
            : KeptOut(orgId, name, found.TrustDomainVersion is not null);
    }

    private Refusal? KeptOut(Guid orgId, string name, bool isKnown) => options switch
    {
        { Enforced: false } => SpiffeOptions.SwitchedOff,
        { Configured: { } configured } when configured.IsFor(orgId, name) => null,
        _ when isKnown => null,
        _ =>
            new Refusal(
                TokenRefusalCodes.TrustDomain, $"{name} is not configured for this organization, so no identity of it can authenticate"),
    };

    internal sealed record Written(Mapping Mapping, bool IsDomainKnown);
}
