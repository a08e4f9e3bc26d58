using System.Buffers;
using System.Globalization;
using System.Text;

namespace Hoop.Cli.Output;

/// <summary>
/// Text from a gateway, a file or a user on its way to a terminal or a log. What would move a cursor, colour the terminal, begin a line of
/// its own or turn the direction of reading is spelled out as <c>\u001b</c> (CVE-2025-64494, CVE-2021-42574).
/// </summary>
internal static class Printable
{
    private const int Longest = 300;

    public static string Line(string text) => Escape(text, kept: "");

    /// <summary>A part of a line, cut when it is long.</summary>
    public static string Text(string? text) => text is { Length: > Longest } ? Line(text[..Longest]) + "…" : Line(text ?? "");

    public static string Quoted(string? text) => $"\"{Text(text)}\"";

    /// <summary>Keeps line ends and tabs.</summary>
    public static string Block(string text) => Escape(text.ReplaceLineEndings("\n").TrimEnd('\n'), kept: "\n\t");

    /// <summary>
    /// The same JSON: within a string <c>\uXXXX</c> is the character itself, and outside of strings only white space can be legal.
    /// </summary>
    public static string Json(string text) => Escape(text, kept: "\n\r\t");

    private static string Escape(string text, string kept)
    {
        StringBuilder? escaped = null;
        for (var position = 0; position < text.Length;)
        {
            // Half a surrogate pair is no rune, and no terminal knows what to do with it.
            var whole = Rune.DecodeFromUtf16(text.AsSpan(position), out var rune, out var length) == OperationStatus.Done;
            if (whole && (IsPrintable(rune) || (rune.IsAscii && kept.Contains((char)rune.Value, StringComparison.Ordinal))))
            {
                escaped?.Append(text, position, length);
            }
            else
            {
                escaped ??= new StringBuilder(text, 0, position, text.Length + 32);
                foreach (var unit in text.AsSpan(position, length))
                {
                    escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
                }
            }

            position += length;
        }

        return escaped?.ToString() ?? text;
    }

    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
