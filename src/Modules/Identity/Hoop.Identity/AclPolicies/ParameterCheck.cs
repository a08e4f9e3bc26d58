using System.Text.Json;

namespace Hoop.Identity.AclPolicies;

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
    public static bool Allows(ParameterRules rules, IReadOnlyDictionary<string, JsonElement> fields)
    {
        var byName = fields.Select(field => (Name: field.Key.ToLowerInvariant(), field.Value)).ToArray();
        if (rules.Required.Any(required => !byName.Any(field => field.Name == required)))
        {
            return false;
        }

        if (byName.Length == 0)
        {
            return true;
        }

        if (rules.Denied is { Count: > 0 } denied
            && (denied.ContainsKey("*")
                || byName.Any(field => denied.TryGetValue(field.Name, out var values) && IsDenied(field.Value, values))))
        {
            return false;
        }

        if (rules.Allowed is not { Count: > 0 } allowed)
        {
            return true;
        }

        var others = allowed.ContainsKey("*");
        return Array.TrueForAll(
            byName, field => allowed.TryGetValue(field.Name, out var values) ? IsAllowed(field.Value, values) : others);
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

    private static bool IsAllowed(JsonElement value, IReadOnlyList<JsonElement> values) =>
        values.Count == 0 || IsAmong(value, values) || (Parts(value) is { Count: > 0 } parts && parts.All(part => IsAmong(part, values)));

    private static bool IsDenied(JsonElement value, IReadOnlyList<JsonElement> values) =>
        values.Count == 0 || IsAmong(value, values) || Parts(value).Any(part => IsAmong(part, values));

    // A list, or one text with commas: whether the field is a list is known to its route alone.
    private static IReadOnlyList<JsonElement> Parts(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => [.. value.EnumerateArray()],
        JsonValueKind.String => [.. value.GetString()!.Split(',', StringSplitOptions.TrimEntries)
            .Select(part => JsonSerializer.SerializeToElement(part))],
        _ => [],
    };

    private static bool IsAmong(JsonElement value, IReadOnlyList<JsonElement> values) =>
        values.Any(one => one.ValueKind == JsonValueKind.String && value.ValueKind == JsonValueKind.String
            ? IsMatch(one.GetString()!, value.GetString()!)
            : JsonElement.DeepEquals(one, value));

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
