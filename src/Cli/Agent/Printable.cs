using System.Globalization;
using System.Text;

namespace Hoop.Cli.Agent;

/// <summary>Foreign text for one line of a log or message: control characters and line ends are spelled out, so they can neither forge a line nor drive a terminal.</summary>
internal static class Printable
{
    private const int Longest = 300;

    public static string Text(string? text)
    {
        var printable = new StringBuilder();
        foreach (var character in (text ?? "").Take(Longest))
        {
            var hidden = CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
            _ = hidden ? printable.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}") : printable.Append(character);
        }

        return text?.Length > Longest ? $"{printable}…" : printable.ToString();
    }

    public static string Quoted(string? text) => $"\"{Text(text)}\"";
}
