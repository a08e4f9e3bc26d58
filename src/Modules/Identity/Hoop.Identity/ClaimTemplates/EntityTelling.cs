using System.Text.Json;
using Hoop.Identity.Entities;

namespace Hoop.Identity.ClaimTemplates;

/// <summary>Reads what a template asks for of an entity, and no more.</summary>
internal sealed class EntityTelling(Db db)
{
    private const int MostGroups = 1000;

    private const string EntitySql = """
        SELECT id, name, metadata::text AS metadata
        FROM identity.entities
        WHERE org_id = @OrgId AND id = @EntityId
        """;

    public const string GroupsSql = """
        SELECT id::text AS id, name, metadata::text AS metadata
        FROM identity.groups
        WHERE org_id = @OrgId AND name_key = ANY (@Keys) AND name = ANY (@Names)
        ORDER BY id
        LIMIT @Most
        """;

    private const string AliasesSql = """
        SELECT id::text AS id, accessor, name, metadata::text AS metadata, custom_metadata::text AS custom_metadata
        FROM identity.entity_aliases
        WHERE org_id = @OrgId AND entity_id = @EntityId AND (expires_at IS NULL OR expires_at > now())
        """;

    /// <summary>Null when the entity is gone.</summary>
    /// <param name="caller">Whose entity, and whose groups: those of this very sign-in.</param>
    /// <param name="template">What is asked for.</param>
    public async Task<EntityTold?> Of(Caller caller, ClaimTemplate? template, CancellationToken cancellationToken)
    {
        var organization = db.Of(caller.OrgId);
        if (caller.EntityId is not { } entityId
            || await organization.Find<EntityRow>(EntitySql, new { EntityId = entityId }, cancellationToken) is not { } entity)
        {
            return null;
        }

        string[] names = template is { NeedsGroups: true } ? [.. caller.EntityGroups.Take(MostGroups)] : [];
        var groups = names.Length > 0
            ? await organization.List<GroupRow>(
                GroupsSql,
                new { Keys = Array.ConvertAll(names, EntityName.KeyOf), Names = names, Most = MostGroups },
                cancellationToken)
            : [];
        var aliases = template is { NeedsAliases: true }
            ? await organization.List<AliasRow>(AliasesSql, new { EntityId = entityId }, cancellationToken)
            : [];
        return new EntityTold(
            entity.Id,
            entity.Name,
            Pairs(entity.Metadata),
            [.. groups.Select(group => new GroupTold(group.Id, group.Name, Pairs(group.Metadata)))],
            aliases.ToDictionary(
                alias => alias.Accessor,
                alias => new AliasTold(alias.Id, alias.Name, Pairs(alias.Metadata), Pairs(alias.CustomMetadata)),
                StringComparer.Ordinal));
    }

    private static IReadOnlyDictionary<string, string> Pairs(string? stored) =>
        stored is null ? EntityTold.Nothing : JsonSerializer.Deserialize<Dictionary<string, string>>(stored)!;

    private sealed record EntityRow(Guid Id, string Name, string? Metadata);

    private sealed record GroupRow(string Id, string Name, string? Metadata);

    private sealed record AliasRow(string Id, string Accessor, string Name, string? Metadata, string? CustomMetadata);
}
