using System.Text.Json.Serialization;

namespace Hoop.Identity.Groups;

/// <summary>Entities and groups together. As Vault answers it.</summary>
/// <param name="Type"><c>internal</c>: members are listed; <c>external</c>: a sign-in that tells the alias' name is in it.</param>
/// <param name="Policies">Lower case, sorted; null when they were never set, as the lists of members.</param>
/// <param name="Metadata">JSON object of texts; null when it was never set.</param>
internal sealed record Group(
    Guid Id,
    string Name,
    string Type,
    string[]? Policies,
    [property: JsonConverter(typeof(StoredJson))] string? Metadata,
    string[]? MemberEntityIds,
    string[]? MemberGroupIds,
    string[]? ParentGroupIds,
    long ModifyIndex,
    DateTime CreationTime,
    DateTime LastUpdateTime)
{
    public const string Internal = "internal";

    public const string External = "external";

    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        held.id, held.name, held.type, held.policies, held.metadata::text AS metadata,
               CASE WHEN held.has_entities THEN ARRAY(
                 SELECT edge.entity_id::text
                 FROM identity.group_entities AS edge
                 WHERE edge.org_id = @OrgId AND edge.group_id = held.id
                 ORDER BY edge.entity_id) END AS member_entity_ids,
               CASE WHEN held.has_groups THEN ARRAY(
                 SELECT edge.child_id::text
                 FROM identity.group_groups AS edge
                 WHERE edge.org_id = @OrgId AND edge.parent_id = held.id
                 ORDER BY edge.child_id) END AS member_group_ids,
               NULLIF(ARRAY(
                 SELECT edge.parent_id::text
                 FROM identity.group_groups AS edge
                 WHERE edge.org_id = @OrgId AND edge.child_id = held.id
                 ORDER BY edge.parent_id), '{}') AS parent_group_ids,
               held.modify_index, held.created_at AS creation_time, held.updated_at AS last_update_time
        """;

    public string NamespaceId { get; } = "root";

    /// <summary>An empty object without one.</summary>
    public object Alias { get; init; } = new();
}

/// <summary>What a mount calls an external group.</summary>
internal sealed record GroupAlias(
    Guid Id,
    Guid CanonicalId,
    string Name,
    string MountAccessor,
    string MountType,
    string MountPath,
    DateTime CreationTime,
    DateTime LastUpdateTime)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns = """
        alias.id, alias.group_id AS canonical_id, alias.name, alias.accessor AS mount_accessor, mount.type AS mount_type,
               'auth/' || mount.path AS mount_path, alias.created_at AS creation_time, alias.updated_at AS last_update_time
        """;

    public const string From =
        "identity.group_aliases AS alias JOIN identity.mounts AS mount ON mount.accessor = alias.accessor";

    public object? Metadata { get; }

    public IReadOnlyList<string>? MergedFromCanonicalIds { get; }
}

/// <summary>In Vault's words.</summary>
internal static class GroupErrors
{
    public static readonly Error NotFound = Error.NotFound();

    public static readonly Error EmptyId = Error.Malformed("empty group ID");

    public static readonly Error NoSuchId = Error.Malformed("invalid group ID");

    public static readonly Error OtherId = Error.Malformed(
        "id: is not that of the group which the path names; use the path identity/group/id/<id> to change another one, or its name",
        "other_id");

    public static readonly Error EmptyName = Error.Malformed("empty group name");

    public static readonly Error NameTaken = Error.Conflict("group name is already in use");

    public static readonly Error TypeStays = Error.Malformed("group type cannot be changed");

    public static readonly Error EntitiesOfExternal = Error.Malformed("member entities can't be set manually for external groups");

    public static readonly Error GroupsOfExternal = Error.Malformed("member groups can't be set for external groups");

    public static Error NoType(string type) => Error.Malformed($"invalid group type \"{Shown(type)}\"");

    public static Error NoEntity(string id) => Error.Malformed($"invalid entity ID \"{Shown(id)}\"");

    public static Error NoGroup(string id) => Error.Malformed($"invalid member group ID \"{Shown(id)}\"");

    public static Error Itself(Guid id) => Error.Malformed($"member group ID \"{id}\" is same as the ID of the group");

    public static Error Cycle(Guid id) => Error.Malformed($"cyclic relationship detected for member group ID \"{id}\"");

    private static string Shown(string text) => text.Length <= 128 ? text : text[..128];
}
