using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Hoop.Identity.Entities;

/// <summary>Whoever acts, as one: the entity ties together what signs in under several names. As Vault answers it.</summary>
/// <param name="Metadata">JSON object of texts; null when it was never set.</param>
/// <param name="Policies">Lower case, sorted.</param>
/// <param name="MergedEntityIds">Those that were merged into it; null without any.</param>
/// <param name="DirectGroupIds">The groups that name it, by id.</param>
/// <param name="InheritedGroupIds">The groups above those, by id, without those.</param>
/// <param name="Owner">Who answers for it; left out without one.</param>
/// <param name="ExpiresAt">From then on its credentials are refused; left out without one.</param>
internal sealed record Entity(
    Guid Id,
    string Name,
    [property: JsonConverter(typeof(StoredJson))] string? Metadata,
    string[] Policies,
    bool Disabled,
    DateTime CreationTime,
    DateTime LastUpdateTime,
    string[]? MergedEntityIds,
    string[] DirectGroupIds,
    string[] InheritedGroupIds,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Owner,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ExpiresAt)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        entity.id, entity.name, entity.metadata::text AS metadata, entity.policies, entity.disabled,
               entity.created_at AS creation_time, entity.updated_at AS last_update_time,
               NULLIF(ARRAY(
                 SELECT merged.id::text
                 FROM identity.merged_entities AS merged
                 WHERE merged.org_id = @OrgId AND merged.entity_id = entity.id
                 ORDER BY merged.position), '{}') AS merged_entity_ids,
               ARRAY(
                 SELECT direct.group_id::text
                 FROM identity.group_entities AS direct
                 WHERE direct.org_id = @OrgId AND direct.entity_id = entity.id
                 ORDER BY direct.group_id) AS direct_group_ids,
               ARRAY(
                 WITH RECURSIVE above AS (
                   SELECT direct.group_id
                   FROM identity.group_entities AS direct
                   WHERE direct.org_id = @OrgId AND direct.entity_id = entity.id
                   UNION
                   SELECT edge.parent_id
                   FROM above
                   CROSS JOIN LATERAL (
                     SELECT found.parent_id
                     FROM identity.group_groups AS found
                     WHERE found.org_id = @OrgId AND found.child_id = above.group_id
                     OFFSET 0) AS edge
                 )
                 SELECT above.group_id::text
                 FROM above
                 WHERE NOT EXISTS (
                   SELECT FROM identity.group_entities AS direct
                   WHERE direct.org_id = @OrgId AND direct.entity_id = entity.id AND direct.group_id = above.group_id)
                 ORDER BY above.group_id) AS inherited_group_ids,
               entity.owner, entity.expires_at
        """;

    public string BucketKeyHash => EntityBucket.KeyHashOf(Id);

    /// <summary>The caller's own organization is what Vault calls its root namespace.</summary>
    public string NamespaceId { get; } = "root";

    public IReadOnlyList<EntityAlias> Aliases { get; init; } = [];

    public IReadOnlyList<string> GroupIds => [.. DirectGroupIds, .. InheritedGroupIds];
}

/// <summary>
/// Vault's first storage spread entities over 256 buckets by the first byte of the MD5 of the id, and its documentation shows
/// the hash of the bucket's key on every entity. Nothing here is stored that way, and no protection rests on it.
/// </summary>
internal static class EntityBucket
{
#pragma warning disable CA5351 // MD5 is what the documented value is made of.
    public static string KeyHashOf(Guid id)
    {
        var bucket = MD5.HashData(Encoding.ASCII.GetBytes(id.ToString()))[0];
        return Convert.ToHexStringLower(
            MD5.HashData(Encoding.ASCII.GetBytes("packer/buckets/" + bucket.ToString(CultureInfo.InvariantCulture))));
    }
#pragma warning restore CA5351
}

internal static class EntityErrors
{
    public static readonly Error NotFound = Error.NotFound();

    public static readonly Error NoSuchId = Error.Malformed("entity not found from id", "entity_not_found");

    public static readonly Error OtherId = Error.Malformed(
        "id: is not that of the entity which the path names; use the path identity/entity/id/<id> to change another one, or its name",
        "other_id");

    public static readonly Error NameTaken = Error.Conflict("entity name is already in use");
}
