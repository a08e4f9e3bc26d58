using System.Text;

namespace Hoop.GoTemplates;

/// <summary>The built-ins <c>html</c>, <c>js</c> and <c>urlquery</c>.</summary>
internal static class Escapers
{
    public static void Html(ReadOnlySpan<byte> text, BoundedBuffer output)
    {
        foreach (var b in text)
        {
            switch (b)
            {
                case 0:
                    output.Append(Rune.ReplacementChar);
                    break;
                case (byte)'"':
                    output.AppendAscii("&#34;");
                    break;
                case (byte)'\'':
                    output.AppendAscii("&#39;");
                    break;
                case (byte)'&':
                    output.AppendAscii("&amp;");
                    break;
                case (byte)'<':
                    output.AppendAscii("&lt;");
                    break;
                case (byte)'>':
                    output.AppendAscii("&gt;");
                    break;
                default:
                    output.Append(b);
                    break;
            }
        }
    }

    public static void JavaScript(ReadOnlySpan<byte> text, BoundedBuffer output)
    {
        while (!text.IsEmpty)
        {
            var rune = Utf8Text.FirstRune(text, out var width);
            if (rune.Value is '\\' or '\'' or '"')
            {
                output.Append((byte)'\\');
                output.Append(text[0]);
            }
            else if (rune.Value is '<' or '>' or '&' or '=' or < ' ' || (!rune.IsAscii && !Utf8Text.IsPrintable(rune)))
            {
                output.AppendAscii($"\\u{rune.Value:X4}");
            }
            else
            {
                output.Append(text[..width]);
            }

            text = text[width..];
        }
    }

    /// <summary>RFC 3986 unreserved characters stay, a space becomes a plus, every other byte is percent-encoded.</summary>
    public static void UrlQuery(ReadOnlySpan<byte> text, BoundedBuffer output)
    {
        foreach (var b in text)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~')
            {
                output.Append(b);
            }
            else if (b == ' ')
            {
                output.Append((byte)'+');
            }
            else
            {
                output.AppendAscii($"%{b:X2}");
            }
        }
    }
}
