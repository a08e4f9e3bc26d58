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

    /// <summary>An object of texts, numbers, truth values and lists of them.</summary>
    Values,

    /// <summary>A time: whole seconds, or a text such as <c>90s</c>, <c>24h</c>, <c>1d</c>.</summary>
    Seconds,

    /// <summary>A whole number, also as text.</summary>
    Number,
}

/// <param name="Name">As the body names it.</param>
/// <param name="Kind">How it is read.</param>
/// <param name="Description">For the API page.</param>
public sealed record VaultField(string Name, VaultFieldKind Kind, string Description)
{
    /// <summary>The field that this one is the old spelling of: what policies say of one holds for the other.</summary>
    public string? OldNameOf { get; init; }

    public static VaultField Seconds(string name, string description) => new(name, VaultFieldKind.Seconds, description);

    public static VaultField Number(string name, string description) => new(name, VaultFieldKind.Number, description);

    public static VaultField Text(string name, string description) => new(name, VaultFieldKind.Text, description);

    public static VaultField Flag(string name, string description) => new(name, VaultFieldKind.Flag, description);

    public static VaultField List(string name, string description) => new(name, VaultFieldKind.List, description);

    public static VaultField Values(string name, string description) => new(name, VaultFieldKind.Values, description);

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

    /// <summary>Null when it is not declared.</summary>
    public VaultField? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>The field itself, and what has the same meaning under an older or newer name.</summary>
    public IEnumerable<string> NamesOf(string name)
    {
        var today = Find(name)?.OldNameOf ?? name;
        return _byName.Values.Where(field => field.OldNameOf == today).Select(field => field.Name).Prepend(today).Prepend(name)
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>A slice that reads what it did not declare would take a field that its own answer calls unrecognized.</summary>
    /// <exception cref="InvalidOperationException">The field is not declared, or as another kind.</exception>
    public void Demand(string name, params ReadOnlySpan<VaultFieldKind> kinds)
    {
        if (!_byName.TryGetValue(name, out var field) || !kinds.Contains(field.Kind))
        {
            throw new InvalidOperationException($"The field {name} is read as {kinds[0]}, and the route does not declare it so.");
        }
    }

    public IEnumerator<VaultField> GetEnumerator() => _byName.Values.GetEnumerator();
}
