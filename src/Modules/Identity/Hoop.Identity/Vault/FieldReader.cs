using System.Text.Json;
using Hoop.Shared.Jose;

namespace Hoop.Identity.Vault;

/// <summary>Vault's coercions, one a type. Null means that the value does not fit.</summary>
internal static class FieldReader
{
    /// <summary>Numbers keep their digits, truth values become 1 and 0, null becomes empty.</summary>
    public static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Null => "",
        _ => null,
    };

    public static bool? Flag(JsonElement value) => Text(value) switch
    {
        null => null,
        "" => false,
        var text => GoBool.TryParse(text, out var flag) ? flag : null,
    };

    public static string[]? List(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            return Text(value) is { } text ? Split(text) : null;
        }

        var items = new List<string>(value.GetArrayLength());
        foreach (var element in value.EnumerateArray())
        {
            if (Text(element) is not { } item)
            {
                return null;
            }

            items.Add(item.Trim());
        }

        return items is [var single] ? Split(single) : [.. items];
    }

    public static IReadOnlyDictionary<string, string>? Pairs(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => OfObject(value),
        JsonValueKind.Array => OfTexts(value.EnumerateArray().Select(Text)),
        _ => OfTexts([Text(value)]),
    };

    /// <summary>Of each name its values: one, or the items of a list. Null has none.</summary>
    public static IReadOnlyDictionary<string, JsonElement[]>? Values(JsonElement value)
    {
        var values = new Dictionary<string, JsonElement[]>(StringComparer.Ordinal);
        foreach (var member in value.ValueKind == JsonValueKind.Object ? [.. value.EnumerateObject()] : Array.Empty<JsonProperty>())
        {
            JsonElement[] items = member.Value.ValueKind switch
            {
                JsonValueKind.Array => [.. member.Value.EnumerateArray()],
                JsonValueKind.Null => [],
                _ => [member.Value],
            };
            if (!Array.TrueForAll(items, ClaimValue.IsScalar))
            {
                return null;
            }

            values[member.Name] = items;
        }

        return value.ValueKind is JsonValueKind.Object or JsonValueKind.Null ? values : null;
    }

    public static bool HoldsNul(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!.Contains('\0', StringComparison.Ordinal),
        JsonValueKind.Array => value.EnumerateArray().Aggregate(false, (found, item) => found | HoldsNul(item)),
        JsonValueKind.Object =>
            value.EnumerateObject().Aggregate(
                false, (found, member) => found | member.Name.Contains('\0', StringComparison.Ordinal) | HoldsNul(member.Value)),
        _ => false,
    };

    private static string[] Split(string text) => text.Length == 0 ? [] : text.Split(',', StringSplitOptions.TrimEntries);

    private static Dictionary<string, string>? OfObject(JsonElement value)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in value.EnumerateObject())
        {
            if (Text(member.Value) is not { } text)
            {
                return null;
            }

            pairs[member.Name] = text;
        }

        return pairs;
    }

    private static Dictionary<string, string>? OfTexts(IEnumerable<string?> texts)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text?.IndexOf('=', StringComparison.Ordinal) ?? -1;
            if (equals <= 0)
            {
                return null;
            }

            pairs[text![..equals]] = text[(equals + 1)..];
        }

        return pairs;
    }
}
