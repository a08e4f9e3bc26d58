using System.Text.Json;
using Hoop.Identity.Entities;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Aliases;

/// <summary>What one write says about an alias.</summary>
/// <param name="CanonicalId">Empty leaves the entity, or makes a new one.</param>
/// <param name="CustomMetadata">Of a write by name and accessor, absent means empty.</param>
internal sealed record AliasChange(
    string Id,
    string Name,
    string Accessor,
    string CanonicalId,
    Field<IReadOnlyDictionary<string, string>> CustomMetadata,
    Hygiene Hygiene)
{
    private static readonly VaultField[] Common =
    [
        VaultField.Text("id", "The alias to update; without it name and accessor decide."),
        VaultField.Text("name", "What the mount calls somebody."),
        VaultField.Text("mount_accessor", "Of the mount that vouches for the name."),
        VaultField.Text("canonical_id", "The entity; a new one is made without it."),
        VaultField.Text("entity_id", "The old spelling of canonical_id.") with { OldNameOf = "canonical_id" },
        VaultField.Pairs("custom_metadata", "Texts by key."),
        .. Hygiene.Fields,
    ];

    public static readonly VaultFields Fields = [.. Common];

    /// <summary>The paths of old take one more field and do not use it.</summary>
    public static readonly VaultFields OldFields = [.. Common, VaultField.Pairs("metadata", "Taken and not used.")];

    public static AliasChange Read(VaultBody body) => new(
        body.Text("id"),
        body.Text("name"),
        body.Text("mount_accessor"),
        body.Text("canonical_id") is { Length: > 0 } canonical ? canonical : body.Text("entity_id"),
        body.Pairs("custom_metadata"),
        Hygiene.Read(body));

    public string? Problem => AliasName.ProblemOf(Name) ?? CustomMetadataProblem ?? Hygiene.Problem;

    public string CustomMetadataJson => JsonSerializer.Serialize(CustomMetadata.Value ?? new Dictionary<string, string>());

    private string? CustomMetadataProblem =>
        CustomMetadata.Value is { } metadata ? Entities.CustomMetadata.ProblemOf(metadata) : null;

    /// <summary>For the audit trail.</summary>
    public AuditFields Facts(Guid entityId, string accessor, string name)
    {
        var facts = new AuditFields { { "name", name }, { "mount_accessor", accessor }, { "canonical_id", entityId } };
        if (CustomMetadata.IsSupplied)
        {
            facts.Add("custom_metadata_keys", CustomMetadata.Value?.Keys.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>());
        }

        Hygiene.AddTo(facts);
        return facts;
    }
}
