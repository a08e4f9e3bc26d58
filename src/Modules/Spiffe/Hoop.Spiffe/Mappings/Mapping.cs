using System.Text.Json.Serialization;
using Hoop.Identity.Contracts;

namespace Hoop.Spiffe.Mappings;

/// <summary>Which agent a SPIFFE identity is. Exactly one of the two matches and exactly one of the two targets is set.</summary>
/// <param name="TrustDomain">Of the identity or the prefix.</param>
/// <param name="SpiffeId">Matches this identity alone.</param>
/// <param name="SpiffePrefix">Matches every identity that begins with it, byte for byte; the longest one wins.</param>
/// <param name="AgentId">The agent it leads to.</param>
/// <param name="AgentTemplate">Go text/template that renders to the agent's name or id.</param>
/// <param name="Groups">Of the agent's session.</param>
internal sealed record Mapping(
    Guid Id,
    Guid OrgId,
    string TrustDomain,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SpiffeId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? SpiffePrefix,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Guid? AgentId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? AgentTemplate,
    string[] Groups,
    DateTime CreatedAt,
    DateTime UpdatedAt)
{
    /// <summary>In the order of the constructor; the table's alias is <c>m</c>.</summary>
    public const string Columns =
        "m.id, m.org_id, m.trust_domain, m.spiffe_id, m.spiffe_prefix, m.agent_id, m.agent_template, m.groups, m.created_at, m.updated_at";

    /// <summary>
    /// Of a mapping that is read to be shown. Apart, because the other columns also serve what has no agent to look at: RETURNING, and the
    /// lookup of an identity.
    /// </summary>
    public const string ShownColumns =
        $"{Columns}, (SELECT a.name FROM spiffe.agents AS a WHERE a.org_id = m.org_id AND a.id = m.agent_id) AS agent_name";

    /// <summary>The name of the agent it leads to; only where mappings are read, and not of a template.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AgentName { get; init; }

    /// <summary>The topic under which a changed or deleted mapping is announced, with its id as the key.</summary>
    /// <summary>The key under which a new mapping is announced: an exact one concerns nobody else.</summary>
    public static string KeyOf(Guid orgId, string? spiffeId) => spiffeId is null ? ChangeKey.Of(orgId) : ChangeKey.Of(orgId, spiffeId);

    public const string Topic = "spiffe_mappings";

    /// <summary>What is legal but probably not meant; only in the answers of create and update.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<string>? Warnings { get; init; }

    /// <summary>The columns that a caller chooses, as arguments.</summary>
    [JsonIgnore]
    public object Row => new { Id, TrustDomain, SpiffeId, SpiffePrefix, AgentId, AgentTemplate, Groups };

    /// <summary>Told to whoever keeps what the workloads made that the mappings let in.</summary>
    public static CallersLeaving Leaving(Guid orgId, IReadOnlyCollection<Mapping> mappings, string reason) => new(
        orgId,
        [.. mappings.Select(mapping => mapping.SpiffeId).OfType<string>().Select(Alias.OfSpiffeId)],
        [.. mappings.Select(mapping => mapping.SpiffePrefix).OfType<string>().Select(Alias.OfSpiffeId)],
        reason);

    /// <summary>The facts that the audit trail keeps.</summary>
    [JsonIgnore]
    public AuditFields AuditFields => new()
    {
        { "trust_domain", TrustDomain },
        { "match", SpiffeId ?? SpiffePrefix + "*" },
        { "target", AgentId?.ToString() ?? AgentTemplate },
        { "groups", Groups },
    };
}

/// <summary>The row of <see cref="Mapping.ShownColumns"/>.</summary>
internal sealed record ShownMapping(Mapping Mapping, string? AgentName)
{
    public Mapping Whole => Mapping with { AgentName = AgentName };
}

internal static class MappingErrors
{
    public static readonly Error NotFound = Error.NotFound();

    public static readonly Error AlreadyExists = Error.Conflict();

    public static readonly Error NoSuchAgent = Error.Invalid("agent_id: no such agent", "no_such_agent");

    /// <summary>What a broken constraint of the table means.</summary>
    public static Error? Of(string constraint) => constraint switch
    {
        "mappings_id_unique" or "mappings_prefix_unique" => AlreadyExists,
        "mappings_agent" => NoSuchAgent,
        _ => null,
    };
}
