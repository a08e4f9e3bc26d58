using System.Text.Json;

namespace Hoop.Identity.Vault;

/// <summary>Vault's coercions, one a type. Null means that the value does not fit.</summary>
internal static class FieldReader
{
    /// <summary>No spelling of a truth value is longer, every letter of it escaped.</summary>
    private const int LongestFlag = 64;

    /// <summary>Whether it can be read, without reading it.</summary>
    public static bool Fits(VaultFieldKind kind, VaultValue value) => kind switch
    {
        VaultFieldKind.Flag => Flag(value) is not null,
        VaultFieldKind.List => AreScalars(value) && value.Kind != JsonValueKind.Object,
        VaultFieldKind.Pairs when value.Kind is JsonValueKind.Object => AreScalars(value),
        VaultFieldKind.Pairs => value.Kind == JsonValueKind.Null || Pairs(value) is not null,
        VaultFieldKind.Values => TakeValues(value, into: null),
        _ => value.IsScalar,
    };

    /// <summary>Numbers keep their digits, truth values become 1 and 0, null becomes empty.</summary>
    public static string? Text(VaultValue value) => value.Kind switch
    {
        JsonValueKind.String or JsonValueKind.Number => value.Written,
        JsonValueKind.True => "1",
        JsonValueKind.False => "0",
        JsonValueKind.Null => "",
        _ => null,
    };

    public static bool? Flag(VaultValue value) => value.Size > LongestFlag ? null : Text(value) switch
    {
        null => null,
        "" => false,
        var text => GoBool.TryParse(text, out var flag) ? flag : null,
    };

    public static string[]? List(VaultValue value)
    {
        if (!Fits(VaultFieldKind.List, value))
        {
            return null;
        }

        if (value.Kind != JsonValueKind.Array)
        {
            return Split(Text(value)!);
        }

        var items = Texts(value);
        for (var at = 0; at < items.Length; at++)
        {
            items[at] = items[at].Trim();
        }

        return items is [var single] ? Split(single) : items;
    }

    public static IReadOnlyDictionary<string, string>? Pairs(VaultValue value) =>
        !AreScalars(value) ? null
        : value.Kind switch
        {
            JsonValueKind.Object => OfObject(value),
            JsonValueKind.Array => OfTexts(Texts(value)),
            _ => OfTexts([Text(value)!]),
        };

    /// <summary>Of each name its value: a text, a number, a truth value, null, or a list of the first three. Null has none.</summary>
    public static IReadOnlyDictionary<string, VaultValue>? Values(VaultValue value)
    {
        var values = new Dictionary<string, VaultValue>(StringComparer.Ordinal);
        return TakeValues(value, values) ? values : null;
    }

    private static bool TakeValues(VaultValue value, Dictionary<string, VaultValue>? into)
    {
        if (value.Kind != JsonValueKind.Object)
        {
            return value.Kind == JsonValueKind.Null;
        }

        var reader = value.Read();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = into is null ? "" : JsonText.Of(reader);
            reader.Read();
            var start = reader.TokenStartIndex;
            if (reader.TokenType == JsonTokenType.StartArray)
            {
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (!IsScalar(reader.TokenType) || reader.TokenType == JsonTokenType.Null)
                    {
                        return false;
                    }
                }
            }
            else if (!IsScalar(reader.TokenType))
            {
                return false;
            }

            if (into is not null)
            {
                into[name] = value.Part(start, reader.BytesConsumed);
            }
        }

        return true;
    }

    private static bool IsScalar(JsonTokenType type) =>
        type is JsonTokenType.String or JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False or JsonTokenType.Null;

    /// <summary>Whether the value is one, or holds nothing else.</summary>
    private static bool AreScalars(VaultValue value)
    {
        if (value.IsScalar || value.Texts is not null)
        {
            return true;
        }

        var reader = value.Read();
        reader.Read();
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
            {
                return false;
            }
        }

        return true;
    }

    private static string[] Split(string text) => text.Length == 0 ? [] : text.Split(',', StringSplitOptions.TrimEntries);

    /// <summary>Of an array of scalars. They are counted first: of very many, a list that grows would cost as much as they do.</summary>
    private static string[] Texts(VaultValue value)
    {
        if (value.Texts is { } said)
        {
            return [.. said];
        }

        var count = 0;
        for (var reader = value.Read(); reader.Read();)
        {
            count++;
        }

        var texts = new string[count - 2];
        var items = value.Read();
        items.Read();
        for (var at = 0; at < texts.Length; at++)
        {
            items.Read();
            texts[at] = Text(items);
        }

        return texts;
    }

    private static string Text(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => "1",
        JsonTokenType.False => "0",
        JsonTokenType.Null => "",
        _ => JsonText.Of(reader),
    };

    private static Dictionary<string, string> OfObject(VaultValue value)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        var reader = value.Read();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = JsonText.Of(reader);
            reader.Read();
            pairs[name] = Text(reader);
        }

        return pairs;
    }

    private static Dictionary<string, string>? OfTexts(string[] texts)
    {
        var pairs = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                return null;
            }

            pairs[text[..equals]] = text[(equals + 1)..];
        }

        return pairs;
    }
}
