using System.Globalization;
using System.Text;

namespace Hoop.Federation;

/// <summary>Foreign text made fit for one line of a message or a log: nothing that moves a terminal's cursor, hides or turns text around.</summary>
internal static class Printable
{
    /// <summary>At most <paramref name="max"/> characters, then an ellipsis; what does not print becomes <paramref name="instead"/>.</summary>
    public static string Line(string? text, int max, char instead = '?')
    {
        var line = new StringBuilder();
        foreach (var rune in (text ?? "").EnumerateRunes())
        {
            if (line.Length >= max)
            {
                return line.Append('…').ToString();
            }

            line.Append(Prints(rune) ? rune.ToString() : instead.ToString());
        }

        return line.ToString();
    }

    /// <summary>Neither control nor format characters (zero-width, bidirectional), no line separators; half a surrogate pair does not print either.</summary>
    public static bool Prints(Rune rune) => rune != Rune.ReplacementChar && Rune.GetUnicodeCategory(rune) is not
        (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.OtherNotAssigned);
}
