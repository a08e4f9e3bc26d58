using System.Text;

namespace Hoop.Shared.Audit;

/// <summary>
/// Text on its way into the trail: nothing that PostgreSQL refuses, and nothing without bound, so that no row can be refused by its
/// content.
/// </summary>
public static class AuditText
{
    /// <summary>As long as the longest SPIFFE ID (SPIFFE-ID section 2.3), the longest text that is worth being kept whole.</summary>
    public const int MaxLength = 2048;

    /// <summary>
    /// U+0000 and lone surrogates become U+FFFD; what is longer than <paramref name="maxLength"/> is cut and ends with an ellipsis.
    /// </summary>
    public static string Clean(string text, int maxLength = MaxLength)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= maxLength && !NeedsCleaning(text))
        {
            return text;
        }

        var clean = new StringBuilder(Math.Min(text.Length, maxLength) + 1);

        // Enumerating runes gives U+FFFD for each surrogate that stands alone.
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length + rune.Utf16SequenceLength > maxLength)
            {
                return clean.Append('…').ToString();
            }

            clean.Append((rune.Value == 0 ? Rune.ReplacementChar : rune).ToString());
        }

        return clean.ToString();
    }

    private static bool NeedsCleaning(string text)
    {
        foreach (var character in text)
        {
            if (character == '\0' || char.IsSurrogate(character))
            {
                return true;
            }
        }

        return false;
    }
}
