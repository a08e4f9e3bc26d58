using System.Text.Json;
using Hoop.Identity.Vault;

namespace Hoop.Identity.AccessRules;

/// <summary><c>required_parameters</c>, <c>allowed_parameters</c> and <c>denied_parameters</c>, as Vault reads them.</summary>
internal static class ParameterCheck
{
    /// <summary>Of two rules for one path: what either requires, and per parameter the values of both; no values wins.</summary>
    public static ParameterRules Merge(ParameterRules one, ParameterRules other) => new(
        [.. one.Required.Union(other.Required, StringComparer.Ordinal)],
        Merge(one.Allowed, other.Allowed),
        Merge(one.Denied, other.Denied));

    /// <param name="rules">Of the rule that decides.</param>
    /// <param name="fields">What the request names.</param>
    /// <param name="declared">How the route reads it: a rule is about the value that is read, whichever way it is spelled.</param>
    public static bool Allows(ParameterRules rules, IReadOnlyDictionary<string, VaultValue> fields, VaultFields declared)
    {
        var byName = fields.Select(field => (Name: field.Key.ToLowerInvariant(), Field: declared.Find(field.Key), field.Value)).ToArray();
        if (rules.Required.Any(required => !byName.Any(field => field.Name == required)))
        {
            return false;
        }

        if (byName.Length == 0)
        {
            return true;
        }

        if (rules.Denied is { Count: > 0 } denied
            && (denied.ContainsKey("*") || byName.Any(field => RulesOf(denied, field.Name).Any(
                values => IsDenied(field.Field, field.Value, values)))))
        {
            return false;
        }

        if (rules.Allowed is not { Count: > 0 } allowed)
        {
            return true;
        }

        var others = allowed.ContainsKey("*");
        return Array.TrueForAll(byName, field => RulesOf(allowed, field.Name).ToArray() is { Length: > 0 } said
            ? Array.TrueForAll(said, values => IsAllowed(field.Field, field.Value, values))
            : others);

        // What is said of a field holds for the older and newer names of it.
        IEnumerable<IReadOnlyList<JsonElement>> RulesOf(IReadOnlyDictionary<string, IReadOnlyList<JsonElement>> of, string name) =>
            declared.NamesOf(name).Where(of.ContainsKey).Select(one => of[one]);
    }

    private static IReadOnlyDictionary<string, IReadOnlyList<JsonElement>>? Merge(
        IReadOnlyDictionary<string, IReadOnlyList<JsonElement>>? one, IReadOnlyDictionary<string, IReadOnlyList<JsonElement>>? other)
    {
        if (one is null || other is null)
        {
            return one ?? other;
        }

        var merged = new Dictionary<string, IReadOnlyList<JsonElement>>(one, StringComparer.Ordinal);
        foreach (var (name, values) in other)
        {
            merged[name] = merged.TryGetValue(name, out var had) ? had.Count == 0 || values.Count == 0 ? [] : [.. had, .. values] : values;
        }

        return merged;
    }

    private static bool IsAllowed(VaultField? field, VaultValue value, IReadOnlyList<JsonElement> values)
    {
        var allowed = Among(field, values);
        return values.Count == 0
            || (ReadValue.Of(field, value) is { Count: > 0 } parts && parts.All(part => Array.Exists(
                allowed, one => IsMatch(one.Written, part.Written) || one.Meant == part.Meant)));
    }

    // Names of policies, entities and aliases are folded when they are stored, so no case of a value passes a denial of another.
    private static bool IsDenied(VaultField? field, VaultValue value, IReadOnlyList<JsonElement> values)
    {
        var denied = Among(field, values);
        return values.Count == 0
            || ReadValue.Of(field, value) is not { } parts
            || parts.Any(part => Array.Exists(denied, one =>
                IsMatch(AsciiCase.Fold(one.Written), AsciiCase.Fold(part.Written))
                || AsciiCase.Fold(one.Meant) == AsciiCase.Fold(part.Meant)));
    }

    private static ReadValue[] Among(VaultField? field, IReadOnlyList<JsonElement> values) =>
        [.. values.SelectMany(value => ReadValue.OfRule(field, VaultValue.Of(value)))];

    /// <summary>A star at the beginning or at the end stands for anything.</summary>
    public static bool IsMatch(string pattern, string text) => (pattern.StartsWith('*'), pattern.EndsWith('*')) switch
    {
        _ when pattern is "*" or "**" => true,
        (true, true) => text.Contains(pattern[1..^1], StringComparison.Ordinal),
        (true, false) => text.EndsWith(pattern[1..], StringComparison.Ordinal),
        (false, true) => text.StartsWith(pattern[..^1], StringComparison.Ordinal),
        _ => text == pattern,
    };
}
