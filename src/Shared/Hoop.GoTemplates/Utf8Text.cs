using System.Buffers;
using System.Globalization;
using System.Text;

namespace Hoop.GoTemplates;

/// <summary>Go's view of a string: bytes that are usually, but not always, UTF-8.</summary>
internal static class Utf8Text
{
    /// <summary>
    /// The first character. A byte that does not begin a whole character counts as U+FFFD of width 1; an empty span has width 0.
    /// </summary>
    public static Rune FirstRune(ReadOnlySpan<byte> text, out int width)
    {
        if (Rune.DecodeFromUtf8(text, out var rune, out width) != OperationStatus.Done)
        {
            width = text.IsEmpty ? 0 : 1;
        }

        return rune;
    }

    /// <summary>True where <see cref="FirstRune"/> had to make a U+FFFD up.</summary>
    public static bool IsBroken(Rune rune, int width) => width == 1 && rune == Rune.ReplacementChar;

    public static int CountRunes(ReadOnlySpan<byte> text)
    {
        var count = 0;
        for (; !text.IsEmpty; count++)
        {
            FirstRune(text, out var width);
            text = text[width..];
        }

        return count;
    }

    public static bool IsLetterOrDigit(Rune rune) =>
        rune.Value == '_' || Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber;

    /// <summary>Letters, marks, numbers, punctuation, symbols and the ASCII space, as Go's unicode.IsPrint has it.</summary>
    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => false,
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate => false,
        UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => false,
        _ => true,
    };
}
