using System.Text.Json.Serialization;

namespace Hoop.Identity.Entities;

/// <summary>A name that a mount vouches for, and the entity behind it. As Vault answers it.</summary>
/// <param name="MountPath">With <c>auth/</c> in front.</param>
/// <param name="Metadata">JSON object of texts, or null: what a sign-in told.</param>
/// <param name="CustomMetadata">JSON object of texts, or null.</param>
/// <param name="MergedFromCanonicalIds">The entities that it belonged to before they were merged away; null without any.</param>
/// <param name="LastUsedAt">To within a minute; left out while nobody signed in by it.</param>
/// <param name="Owner">Who answers for it; left out without one.</param>
/// <param name="ExpiresAt">From then on it is refused; left out without one.</param>
internal sealed record EntityAlias(
    Guid Id,
    Guid CanonicalId,
    string Name,
    string MountAccessor,
    string MountType,
    string MountPath,
    bool Local,
    [property: JsonConverter(typeof(StoredJson))] string? Metadata,
    [property: JsonConverter(typeof(StoredJson))] string? CustomMetadata,
    string[]? MergedFromCanonicalIds,
    DateTime CreationTime,
    DateTime LastUpdateTime,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? LastUsedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Owner,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ExpiresAt)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        alias.id, alias.entity_id AS canonical_id, alias.name, alias.accessor AS mount_accessor, mount.type AS mount_type,
               'auth/' || mount.path AS mount_path, mount.local, alias.metadata::text AS metadata,
               alias.custom_metadata::text AS custom_metadata, alias.merged_from::text[] AS merged_from_canonical_ids,
               alias.created_at AS creation_time, alias.updated_at AS last_update_time, alias.last_used_at, alias.owner, alias.expires_at
        """;

    public const string From =
        "identity.entity_aliases AS alias JOIN identity.mounts AS mount ON mount.accessor = alias.accessor";

    /// <summary>Told by a read of the alias alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? NamespaceId { get; init; }
}

/// <summary>An alias as lists of entities and groups show it.</summary>
internal sealed record AliasSummary(
    Guid Id,
    string Name,
    string MountAccessor,
    string MountType,
    string MountPath,
    DateTime CreationTime,
    DateTime LastUpdateTime,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? LastUsedAt);
