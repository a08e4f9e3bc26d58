using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

namespace Hoop.Identity.Entities;

/// <summary>Whoever acts, as one: the entity ties together what signs in under several names. As Vault answers it.</summary>
/// <param name="Metadata">JSON object of texts; null when it was never set.</param>
/// <param name="Policies">Lower case, sorted.</param>
internal sealed record Entity(
    Guid Id,
    string Name,
    [property: JsonConverter(typeof(StoredJson))] string? Metadata,
    string[] Policies,
    bool Disabled,
    DateTime CreationTime,
    DateTime LastUpdateTime)
{
    /// <summary>In the order of the constructor.</summary>
    public const string Columns =
        "id, name, metadata::text AS metadata, policies, disabled, created_at AS creation_time, updated_at AS last_update_time";

    public string BucketKeyHash => EntityBucket.KeyHashOf(Id);

    /// <summary>The caller's own organization is what Vault calls its root namespace.</summary>
    public string NamespaceId { get; } = "root";

    public IReadOnlyList<object> Aliases { get; } = [];

    public IReadOnlyList<Guid>? MergedEntityIds { get; }

    public IReadOnlyList<Guid> DirectGroupIds { get; } = [];

    public IReadOnlyList<Guid> InheritedGroupIds { get; } = [];

    public IReadOnlyList<Guid> GroupIds { get; } = [];
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

    public static readonly Error NameTaken = Error.Conflict("entity name is already in use");
}
