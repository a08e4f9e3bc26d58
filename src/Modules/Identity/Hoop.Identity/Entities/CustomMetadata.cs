using System.Globalization;
using System.Text;

namespace Hoop.Identity.Entities;

/// <summary>Vault's limits of an alias' custom metadata, with Vault's texts; all problems together.</summary>
internal static class CustomMetadata
{
    private const int MaxPairs = 64;
    private const int MaxKey = 128;
    private const int MaxValue = 512;
    private const string Prefix = "custom_metadata validation failed: ";

    public static string? ProblemOf(IReadOnlyDictionary<string, string> metadata)
    {
        var problems = metadata.Count > MaxPairs
            ? [$"payload must contain at most 64 keys, provided {metadata.Count}"]
            : metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => ProblemsOf(pair.Key, pair.Value)).ToList();
        return problems.Count == 0
            ? null
            : $"{problems.Count} {(problems.Count == 1 ? "error" : "errors")} occurred:\n"
                + string.Concat(problems.Select(problem => $"\t* {Prefix}{problem}\n")) + "\n";
    }

    private static IEnumerable<string> ProblemsOf(string key, string value)
    {
        var (keyBytes, valueBytes) = (Encoding.UTF8.GetByteCount(key), Encoding.UTF8.GetByteCount(value));
        var shown = key.Length <= MaxKey ? key : key[..MaxKey];
        if (keyBytes is 0 or > MaxKey)
        {
            yield return $"length of key \"{shown}\" is {keyBytes} but must be 0 < len(key) <= {MaxKey}";
        }

        if (valueBytes is 0 or > MaxValue)
        {
            yield return $"length of value for key \"{shown}\" is {valueBytes} but must be 0 < len(value) <= {MaxValue}";
        }

        if (key.EnumerateRunes().Any(IsUnprintable))
        {
            yield return $"key \"{Visible(shown)}\" contains unprintable characters";
        }

        if (value.EnumerateRunes().Any(IsUnprintable))
        {
            yield return $"value for key \"{Visible(shown)}\" contains unprintable characters";
        }
    }

    private static string Visible(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => IsUnprintable(rune) ? "?" : rune.ToString()));

    // Go's unicode.IsPrint: letters, marks, numbers, punctuation, symbols, and of the blanks the ASCII one.
    private static bool IsUnprintable(Rune rune) => rune.Value != ' ' && Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.SpaceSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate
            or UnicodeCategory.OtherNotAssigned;
}
