using System.Text.Json;
using Hoop.Identity.Entities;
using Hoop.Identity.Vault;

namespace Hoop.Identity.Groups;

/// <summary>What one write says about a group. A supplied field replaces what is stored, an absent one leaves it.</summary>
internal sealed record GroupChange(
    string Name,
    Field<string> Type,
    Field<string[]> Policies,
    Field<IReadOnlyDictionary<string, string>> Metadata,
    Field<string[]> MemberEntityIds,
    Field<string[]> MemberGroupIds)
{
    public static readonly VaultFields Fields =
    [
        VaultField.Text("id", "The group to update."),
        VaultField.Text("name", "Its name; generated when a new group has none."),
        VaultField.Text("type", "internal, or external: then a sign-in decides who is in it."),
        VaultField.Pairs("metadata", "Texts by key."),
        VaultField.List("policies", "What all members may do."),
        VaultField.List("member_entity_ids", "All entities in it."),
        VaultField.List("member_group_ids", "All groups in it."),
    ];

    public static GroupChange Read(VaultBody body) => new(
        body.Text("name"),
        body.Has("type") ? Field<string>.Of(body.Text("type")) : default,
        body.List("policies") is { IsSupplied: true, Value: { } policies } ? Field<string[]>.Of(PolicyNames.Canonical(policies)) : default,
        body.Pairs("metadata"),
        body.List("member_entity_ids"),
        body.List("member_group_ids"));

    /// <summary>The first rule that this breaks, in words, or null.</summary>
    public string? Problem =>
        EntityName.ProblemOf(Name)
        ?? PolicyNames.ProblemOf(Policies.Value ?? [])
        ?? (Metadata.Value is { } metadata ? EntityMetadata.ProblemOf(metadata, "group") : null);

    /// <summary>For the audit trail: what was supplied, of metadata the keys alone. Members have rows of their own.</summary>
    public AuditFields Facts(string name, string type)
    {
        var facts = new AuditFields { { "name", name }, { "type", type } };
        if (Policies.IsSupplied)
        {
            facts.Add("policies", Policies.Value);
        }

        if (Metadata.IsSupplied)
        {
            facts.Add("metadata_keys", Metadata.Value?.Keys.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>());
        }

        return facts;
    }

    /// <summary>The parameters of a statement; null stands for "leave it".</summary>
    public object Values(Guid id, string name, string type) => new
    {
        Id = id,
        Name = name,
        NameKey = EntityName.KeyOf(name),
        Type = type,
        Policies = Policies.Value,
        HasMetadata = Metadata.IsSupplied,
        Metadata = Metadata.Value is { } metadata ? JsonSerializer.Serialize(metadata) : null,
    };
}
