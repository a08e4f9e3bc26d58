using System.Text.Json;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Entities;

/// <summary>What one write says about an entity. A supplied field replaces what is stored, an absent one leaves it.</summary>
/// <param name="Name">Empty leaves it, or generates one for a new entity.</param>
/// <param name="Policies">In canonical form.</param>
internal sealed record EntityChange(
    string Name,
    Field<string[]> Policies,
    Field<bool> Disabled,
    Field<IReadOnlyDictionary<string, string>> Metadata,
    Hygiene Hygiene)
{
    public static EntityChange Read(VaultBody body) => new(
        body.Text("name"),
        body.List("policies") is { IsSupplied: true, Value: { } policies } ? Field<string[]>.Of(PolicyNames.Canonical(policies)) : default,
        body.Flag("disabled"),
        body.Pairs("metadata"),
        Hygiene.Read(body));

    /// <summary>Whether it says anything about what the entity may do; templates of policies ask for its name and its metadata.</summary>
    public bool ChangesRights =>
        Policies.IsSupplied || Disabled.IsSupplied || Hygiene.ExpiresAt.IsSupplied || Name.Length > 0 || Metadata.IsSupplied;

    /// <summary>The first rule that this breaks, in words, or null.</summary>
    public string? Problem =>
        EntityName.ProblemOf(Name)
        ?? PolicyNames.ProblemOf(Policies.Value ?? [])
        ?? (Metadata.Value is { } metadata ? EntityMetadata.ProblemOf(metadata) : null)
        ?? Hygiene.Problem;

    /// <summary>For the audit trail: what was supplied, of metadata the keys alone.</summary>
    public AuditFields Facts(string name)
    {
        var facts = new AuditFields { { "name", name } };
        if (Policies.IsSupplied)
        {
            facts.Add("policies", Policies.Value);
        }

        if (Disabled.IsSupplied)
        {
            facts.Add("disabled", Disabled.Value);
        }

        if (Metadata.IsSupplied)
        {
            facts.Add("metadata_keys", Metadata.Value?.Keys.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>());
        }

        Hygiene.AddTo(facts);
        return facts;
    }

    /// <summary>The parameters of a statement; null stands for "leave it".</summary>
    public object Values(Guid id, string name) => new
    {
        Id = id,
        Name = name,
        NameKey = EntityName.KeyOf(name),
        Policies = Policies.Value,
        Disabled = Disabled.IsSupplied ? Disabled.Value : (bool?)null,
        HasMetadata = Metadata.IsSupplied,
        Metadata = Metadata.Value is { } metadata ? JsonSerializer.Serialize(metadata) : null,
        HasOwner = Hygiene.Owner.IsSupplied,
        Owner = Hygiene.OwnerText,
        HasExpiry = Hygiene.ExpiresAt.IsSupplied,
        ExpiresAt = Hygiene.Expiry,
    };
}
