using System.Globalization;
using System.Text;

namespace Hoop.Cli.Configuration;

/// <summary>
/// The part of TOML 1.0 that a flat file of texts and booleans needs: <c>key = value</c>, comments, basic and literal strings on one line.
/// </summary>
internal static class FlatToml
{
    /// <exception cref="FormatException">With the line.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var number = 0;
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            var rest = line.AsSpan().Trim();
            if (rest.IsEmpty || rest[0] == '#')
            {
                continue;
            }

            var sign = rest.IndexOf('=');
            var key = sign < 0 ? default : rest[..sign].TrimEnd();
            if (key.IsEmpty || key.ContainsAnyExcept(KeyCharacters))
            {
                throw new FormatException($"line {number}: expected key = \"value\"");
            }

            if (!values.TryAdd(key.ToString(), Value(rest[(sign + 1)..].TrimStart(), number)))
            {
                throw new FormatException($"line {number}: {key} is given twice");
            }
        }

        return values;
    }

    public static string Format(IEnumerable<KeyValuePair<string, string>> values)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in values)
        {
            text.Append(key).Append(" = ").Append(value is "true" or "false" ? value : Quote(value)).Append('\n');
        }

        return text.ToString();
    }

    public static string Quote(string value)
    {
        var quoted = new StringBuilder("\"");
        foreach (var character in value)
        {
            _ = character switch
            {
                '"' or '\\' => quoted.Append('\\').Append(character),
                '\n' => quoted.Append("\\n"),
                '\t' => quoted.Append("\\t"),
                _ when char.IsControl(character) => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}"),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }

    private static readonly System.Buffers.SearchValues<char> KeyCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    private static string Value(ReadOnlySpan<char> text, int line)
    {
        var value = new StringBuilder();
        var position = 1;
        switch (text.IsEmpty ? '\0' : text[0])
        {
            case '\'':
                position = text[1..].IndexOf('\'') is >= 0 and var end
                    ? end + 2
                    : throw new FormatException($"line {line}: the string has no end");
                value.Append(text[1..(position - 1)]);
                break;
            case '"':
                for (; ; position++)
                {
                    if (position >= text.Length)
                    {
                        throw new FormatException($"line {line}: the string has no end");
                    }

                    if (text[position] == '"')
                    {
                        break;
                    }

                    if (text[position] == '\\')
                    {
                        value.Append(Escape(text, ref position, line));
                    }
                    else
                    {
                        value.Append(text[position]);
                    }
                }

                position++;
                break;
            default:
                var word = text.IndexOfAny(" \t#") is >= 0 and var stop ? text[..stop] : text;
                if (word is not ("true" or "false"))
                {
                    throw new FormatException($"line {line}: expected a string in quotes, true or false");
                }

                position = word.Length;
                value.Append(word);
                break;
        }

        var rest = text[position..].TrimStart();
        return rest.IsEmpty || rest[0] == '#' ? value.ToString() : throw new FormatException($"line {line}: something follows the value");
    }

    private static string Escape(ReadOnlySpan<char> text, ref int position, int line)
    {
        position++;
        switch (position < text.Length ? text[position] : '\0')
        {
            case '"': return "\"";
            case '\\': return "\\";
            case 'n': return "\n";
            case 't': return "\t";
            case 'r': return "\r";
            case 'b': return "\b";
            case 'f': return "\f";
            case var letter and ('u' or 'U'):
                var digits = letter == 'u' ? 4 : 8;
                if (position + digits < text.Length
                    && int.TryParse(
                        text.Slice(position + 1, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code)
                    && Rune.IsValid(code))
                {
                    position += digits;
                    return new Rune(code).ToString();
                }

                break;
        }

        throw new FormatException($"line {line}: unknown escape in the string");
    }
}
