using System.Globalization;
using System.Text;

namespace Hoop.Cli.Output;

/// <summary>
/// Text from a gateway, a file or a user on its way to a terminal. Control and format characters are spelled out, so that they can neither
/// drive the terminal nor forge a line (CVE-2025-64494).
/// </summary>
internal static class Printable
{
    public static string Line(string text) => Escape(text, kept: "");

    /// <summary>Keeps line ends and tabs.</summary>
    public static string Block(string text) => Escape(text.ReplaceLineEndings("\n").TrimEnd('\n'), kept: "\n\t");

    /// <summary>The same JSON: within a string <c>\uXXXX</c> is the character itself, and outside of strings only white space can be legal.</summary>
    public static string Json(string text) => Escape(text, kept: "\n\r\t");

    private static string Escape(string text, string kept)
    {
        StringBuilder? escaped = null;
        var position = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            var length = rune.Utf16SequenceLength;
            if (IsHidden(rune) && !(rune.IsAscii && kept.Contains((char)rune.Value, StringComparison.Ordinal)))
            {
                escaped ??= new StringBuilder(text, 0, position, text.Length + 32);
                foreach (var unit in text.AsSpan(position, length))
                {
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
                }
            }
            else
            {
                escaped?.Append(text, position, length);
            }

            position += length;
        }

        return escaped?.ToString() ?? text;
    }

    private static bool IsHidden(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
