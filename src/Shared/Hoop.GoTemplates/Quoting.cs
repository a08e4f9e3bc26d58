using System.Text;

namespace Hoop.GoTemplates;

/// <summary>Go's quoted forms of text and characters: what <c>%q</c> prints, and what error messages show.</summary>
internal static class Quoting
{
    public static string Quoted(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(Quote(text, (byte)'"', asciiOnly: false));

    public static byte[] Quote(ReadOnlySpan<byte> text, byte quote, bool asciiOnly)
    {
        var quoted = new List<byte>(text.Length + 2) { quote };
        while (!text.IsEmpty)
        {
            var rune = Utf8Text.FirstRune(text, out var width);
            if (Utf8Text.IsBroken(rune, width))
            {
                AddAscii(quoted, $"\\x{text[0]:x2}");
            }
            else
            {
                Add(quoted, rune, quote, asciiOnly);
            }

            text = text[width..];
        }

        quoted.Add(quote);
        return [.. quoted];
    }

    /// <summary>
    /// Whether a raw string can hold the text: valid UTF-8 without back quote, byte order mark or control characters other than tab.
    /// </summary>
    public static bool CanBackquote(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            var rune = Utf8Text.FirstRune(text, out var width);
            if (Utf8Text.IsBroken(rune, width) || rune.Value is 0xFEFF or '`' or 0x7F || (rune.Value < ' ' && rune.Value != '\t'))
            {
                return false;
            }

            text = text[width..];
        }

        return true;
    }

    /// <summary>At most the first <paramref name="count"/> characters.</summary>
    public static ReadOnlyMemory<byte> FirstRunes(ReadOnlyMemory<byte> text, int count)
    {
        var end = 0;
        for (; count > 0 && end < text.Length; count--)
        {
            Utf8Text.FirstRune(text.Span[end..], out var width);
            end += width;
        }

        return text[..end];
    }

    private static void Add(List<byte> quoted, Rune rune, byte quote, bool asciiOnly)
    {
        if (rune.Value == quote || rune.Value == '\\')
        {
            quoted.Add((byte)'\\');
            quoted.Add((byte)rune.Value);
            return;
        }

        if (Utf8Text.IsPrintable(rune) && (rune.IsAscii || !asciiOnly))
        {
            Span<byte> encoded = stackalloc byte[4];
            quoted.AddRange(encoded[..rune.EncodeToUtf8(encoded)]);
            return;
        }

        AddAscii(quoted, rune.Value switch
        {
            '\a' => "\\a",
            '\b' => "\\b",
            '\f' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\v' => "\\v",
            < ' ' or 0x7F => $"\\x{rune.Value:x2}",
            < 0x10000 => $"\\u{rune.Value:x4}",
            _ => $"\\U{rune.Value:x8}",
        });
    }

    private static void AddAscii(List<byte> quoted, string text)
    {
        foreach (var c in text)
        {
            quoted.Add((byte)c);
        }
    }
}
