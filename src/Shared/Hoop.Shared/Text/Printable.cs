using System.Globalization;
using System.Text;

namespace Hoop.Shared.Text;

/// <summary>
/// Makes text safe to print: nothing in it moves a cursor, colours a terminal, begins a line of its own or turns the direction of reading
/// (CVE-2021-42574). What would is spelled out as <c>\u001b</c>, so that a reader sees that it was there.
/// </summary>
public static class Printable
{
    /// <summary>A name or a value inside a message: one line of at most 64 characters.</summary>
    public static string Word(string? text) => Line(text ?? "", maxLength: 64);

    /// <summary>True when the whole text prints as it is.</summary>
    public static bool Is(string text) => Line(text).Length == text.Length;

    /// <summary>One line. Longer than <paramref name="maxLength"/> characters, it is cut and ends with an ellipsis.</summary>
    public static string Line(string text, int maxLength = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= maxLength && !text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var line = new StringBuilder(Math.Min(text.Length, maxLength) + 8);
        for (var rest = text.AsSpan(); !rest.IsEmpty;)
        {
            // A surrogate that stands alone is no rune, and no terminal knows what to do with it.
            var whole = Rune.DecodeFromUtf16(rest, out var rune, out var length) == System.Buffers.OperationStatus.Done;
            if (text.Length - rest.Length + length > maxLength)
            {
                return line.Append('…').ToString();
            }

            if (whole && IsPrintable(rune))
            {
                line.Append(rest[..length]);
            }
            else
            {
                foreach (var unit in rest[..length])
                {
                    line.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
                }
            }

            rest = rest[length..];
        }

        return line.ToString();
    }

    /// <summary>True for what prints as itself, blanks included.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value is >= ' ' and <= '~' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
