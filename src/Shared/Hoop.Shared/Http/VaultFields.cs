using System.Runtime.CompilerServices;

namespace Hoop.Shared.Http;

/// <summary>What Vault's coercions make of a field.</summary>
public enum VaultFieldKind
{
    /// <summary>Text; a number or truth value as it would be written.</summary>
    Text,

    /// <summary>A truth value, or a text that Go's <c>strconv.ParseBool</c> takes.</summary>
    Flag,

    /// <summary>An array of texts, or one text split at its commas.</summary>
    List,

    /// <summary>An object of texts, or <c>k=v</c> texts.</summary>
    Pairs,
}

/// <param name="Name">As the body names it.</param>
/// <param name="Kind">How it is read.</param>
/// <param name="Description">For the API page.</param>
public sealed record VaultField(string Name, VaultFieldKind Kind, string Description)
{
    public static VaultField Text(string name, string description) => new(name, VaultFieldKind.Text, description);

    public static VaultField Flag(string name, string description) => new(name, VaultFieldKind.Flag, description);

    public static VaultField List(string name, string description) => new(name, VaultFieldKind.List, description);

    public static VaultField Pairs(string name, string description) => new(name, VaultFieldKind.Pairs, description);
}

/// <summary>
/// The fields that a Vault route takes, said once by its slice: what is read, what is warned of as unknown, and what the API page shows
/// come from here. Metadata of the endpoint.
/// </summary>
[CollectionBuilder(typeof(VaultFields), nameof(Of))]
public sealed class VaultFields
{
    private readonly Dictionary<string, VaultField> _byName;

    private VaultFields(ReadOnlySpan<VaultField> fields) =>
        _byName = fields.ToArray().ToDictionary(field => field.Name, StringComparer.Ordinal);

    public IReadOnlyCollection<VaultField> All => _byName.Values;

    /// <exception cref="ArgumentException">Two fields have one name.</exception>
    public static VaultFields Of(ReadOnlySpan<VaultField> fields) => new(fields);

    public bool Has(string name) => _byName.ContainsKey(name);

    /// <summary>A slice that reads what it did not declare would take a field that its own answer calls unrecognized.</summary>
    /// <exception cref="InvalidOperationException">The field is not declared, or as another kind.</exception>
    public void Demand(string name, VaultFieldKind kind)
    {
        if (!_byName.TryGetValue(name, out var field) || field.Kind != kind)
        {
            throw new InvalidOperationException($"The field {name} is read as {kind}, and the route does not declare it so.");
        }
    }

    public IEnumerator<VaultField> GetEnumerator() => _byName.Values.GetEnumerator();
}
