using System.Text.Json;

namespace Hoop.Identity.AccessRules;

/// <summary>What is known of the entity behind a token, for the templates of its policies.</summary>
internal sealed record EntityFacts(Guid Id, string Name, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>One a mount at most.</summary>
    public IReadOnlyList<AliasFacts> Aliases { get; init; } = [];

    /// <summary>Those that the entity is in, also through other groups.</summary>
    public IReadOnlyList<GroupFacts> Groups { get; init; } = [];
}

/// <param name="Metadata">What a sign-in told.</param>
internal sealed record AliasFacts(
    string Accessor,
    Guid Id,
    string Name,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyDictionary<string, string> CustomMetadata);

internal sealed record GroupFacts(Guid Id, string Name, IReadOnlyDictionary<string, string> Metadata);

/// <summary>What templates ask for beside the entity itself.</summary>
[Flags]
internal enum EntityFactKinds
{
    None = 0,
    Aliases = 1,
    Groups = 2,
}

/// <summary>Reads what the templates of some rules ask for, and no more.</summary>
internal sealed class EntityFactsReader(Db db, Dependencies on)
{
    private const string EntitySql = """
        SELECT id, name, metadata::text AS metadata
        FROM identity.entities
        WHERE org_id = @OrgId AND id = coalesce(
          (SELECT merged.entity_id FROM identity.merged_entities AS merged WHERE merged.org_id = @OrgId AND merged.id = @EntityId),
          @EntityId)
        """;

    private const string AliasesSql = """
        SELECT accessor, id, name, metadata::text AS metadata, custom_metadata::text AS custom_metadata,
               extract(epoch FROM expires_at - now())::double precision AS seconds_left
        FROM identity.entity_aliases
        WHERE org_id = @OrgId AND entity_id = @Id AND (expires_at IS NULL OR expires_at > now())
        """;

    public const string GroupsSql = $"""
        WITH RECURSIVE direct AS (
          SELECT edge.group_id
          FROM identity.group_entities AS edge
          WHERE edge.org_id = @OrgId AND edge.entity_id = @Id
          UNION
          {ToldGroups.GroupsSql} @Id
        ), {GroupsAbove.Member}
        SELECT held.id, held.name, held.metadata::text AS metadata
        FROM member
        CROSS JOIN LATERAL (
          SELECT one.id, one.name, one.metadata
          FROM identity.groups AS one
          WHERE one.org_id = @OrgId AND one.id = member.group_id
          OFFSET 0) AS held
        """;

    /// <returns>Null when there is no such entity, or no rule speaks of one.</returns>
    public async Task<EntityFacts?> Of(
        Guid orgId, Guid entityId, IReadOnlyCollection<PolicyRule> rules, CancellationToken cancellationToken)
    {
        var templates = rules.Where(rule => rule.IsTemplate).ToList();
        if (templates.Count == 0)
        {
            return null;
        }

        on.On(StoreChanges.Topic, ChangeKey.Of(orgId));
        var about = on.On(StoreChanges.Topic);
        var organization = db.Of(orgId);
        if (await organization.Find<EntityRow>(EntitySql, new { EntityId = entityId }, cancellationToken) is not { } entity)
        {
            return null;
        }

        about.Key(StoreChanges.KeyOf(orgId, entity.Id));

        var kinds = templates.Aggregate(EntityFactKinds.None, (all, rule) => all | PathTemplate.KindsOf(rule));
        var facts = new EntityFacts(entity.Id, entity.Name, Pairs(entity.Metadata));
        if (kinds != EntityFactKinds.None)
        {
            // An alias that expires takes the groups with it that it told.
            var rows = await organization.List<AliasRow>(AliasesSql, new { entity.Id }, cancellationToken);
            if (rows.Min(row => row.SecondsLeft) is { } left)
            {
                on.NoLongerThan(TimeSpan.FromSeconds(left));
            }

            facts = !kinds.HasFlag(EntityFactKinds.Aliases) ? facts : facts with
            {
                Aliases = [.. rows.Select(row =>
                    new AliasFacts(row.Accessor, row.Id, row.Name, Pairs(row.Metadata), Pairs(row.CustomMetadata)))],
            };
        }

        if (kinds.HasFlag(EntityFactKinds.Groups))
        {
            var rows = await organization.List<GroupRow>(GroupsSql, new { entity.Id }, cancellationToken);
            facts = facts with { Groups = [.. rows.Select(row => new GroupFacts(row.Id, row.Name, Pairs(row.Metadata)))] };
        }

        return facts;
    }

    private static Dictionary<string, string> Pairs(string? json) =>
        json is null ? [] : JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;

    private sealed record EntityRow(Guid Id, string Name, string? Metadata);

    private sealed record AliasRow(string Accessor, Guid Id, string Name, string? Metadata, string? CustomMetadata, double? SecondsLeft);

    private sealed record GroupRow(Guid Id, string Name, string? Metadata);
}
