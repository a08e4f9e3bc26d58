using System.Globalization;
using System.Text;

namespace Hoop.GoTemplates;

/// <summary>
/// Reads the constants of a template by the rules of the Go language. Every method answers null for a constant Go would refuse.
/// </summary>
internal static class Literals
{
    /// <summary>The bytes of <c>"text"</c> or <c>`text`</c>; a raw string loses its carriage returns.</summary>
    public static byte[]? Text(ReadOnlySpan<byte> literal)
    {
        var quote = literal[0];
        var body = literal[1..^1];
        var bytes = new List<byte>(body.Length);
        if (quote == '`')
        {
            foreach (var b in body)
            {
                if (b != '\r')
                {
                    bytes.Add(b);
                }
            }

            return [.. bytes];
        }

        Span<byte> encoded = stackalloc byte[4];
        while (!body.IsEmpty)
        {
            if (!NextCharacter(ref body, quote, out var value, out var isByte))
            {
                return null;
            }

            if (isByte)
            {
                bytes.Add((byte)value);
            }
            else
            {
                bytes.AddRange(encoded[..new Rune(value).EncodeToUtf8(encoded)]);
            }
        }

        return [.. bytes];
    }

    /// <summary>The code of <c>'x'</c>, which is an int in a template.</summary>
    public static long? Character(ReadOnlySpan<byte> literal)
    {
        var body = literal[1..];
        return NextCharacter(ref body, (byte)'\'', out var value, out _) && body.Length == 1 ? value : null;
    }

    /// <summary>What a whole number means; null with <paramref name="tooLarge"/> for one that fits 64 bits only without a sign.</summary>
    public static long? Integer(string literal, out bool tooLarge)
    {
        tooLarge = false;
        if (!UnderscoresSeparateDigits(literal))
        {
            return null;
        }

        var negative = literal[0] == '-';
        var digits = literal.TrimStart('+', '-').Replace("_", "", StringComparison.Ordinal);
        var (radix, start) = digits switch
        {
            ['0', 'x' or 'X', _, ..] => (16, 2),
            ['0', 'o' or 'O', _, ..] => (8, 2),
            ['0', 'b' or 'B', _, ..] => (2, 2),
            ['0', _, ..] => (8, 1),
            _ => (10, 0),
        };
        UInt128 magnitude = 0;
        foreach (var c in digits.AsSpan(start))
        {
            if (!char.IsAsciiHexDigit(c) || Convert.ToInt32(c.ToString(), 16) is var digit && digit >= radix)
            {
                return null;
            }

            magnitude = (magnitude * (UInt128)radix) + (UInt128)digit;
            if (magnitude > ulong.MaxValue)
            {
                return null;
            }
        }

        if (digits.Length == 0)
        {
            return null;
        }

        var limit = negative ? (UInt128)long.MaxValue + 1 : (UInt128)long.MaxValue;
        tooLarge = magnitude > limit && char.IsAsciiDigit(literal[0]);
        return magnitude > limit ? null : unchecked(negative ? -(long)magnitude : (long)magnitude);
    }

    /// <summary>A decimal floating-point number within range.</summary>
    public static double? Float(string literal) =>
        UnderscoresSeparateDigits(literal)
        && double.TryParse(
            literal.Replace("_", "", StringComparison.Ordinal), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? value
            : null;

    /// <summary>An underscore stands between two digits, or between a base prefix and a digit.</summary>
    private static bool UnderscoresSeparateDigits(string literal)
    {
        var number = literal.TrimStart('+', '-');
        var prefixed = number is ['0', 'x' or 'X' or 'o' or 'O' or 'b' or 'B', ..];
        for (var i = 0; i < number.Length; i++)
        {
            if (number[i] != '_')
            {
                continue;
            }

            var afterDigit = i > 0 && (IsDigit(number[i - 1]) || (prefixed && i == 2));
            if (!afterDigit || i + 1 == number.Length || !IsDigit(number[i + 1]))
            {
                return false;
            }
        }

        return true;

        bool IsDigit(char c) => prefixed ? char.IsAsciiHexDigit(c) : char.IsAsciiDigit(c);
    }

    /// <summary>
    /// Takes one character or escape off <paramref name="body"/>. <c>\x</c> and octal escapes are single bytes, all others code
    /// points.
    /// </summary>
    private static bool NextCharacter(ref ReadOnlySpan<byte> body, byte quote, out int value, out bool isByte)
    {
        isByte = false;
        value = 0;
        if (body.IsEmpty || body[0] == quote)
        {
            return false;
        }

        if (body[0] != '\\')
        {
            value = Utf8Text.FirstRune(body, out var width).Value;
            body = body[width..];
            return true;
        }

        if (body.Length < 2)
        {
            return false;
        }

        var escape = body[1];
        body = body[2..];
        switch (escape)
        {
            case (byte)'x':
                isByte = true;
                return Digits(ref body, 2, 16, ref value);
            case (byte)'u':
                return Digits(ref body, 4, 16, ref value) && Rune.IsValid(value);
            case (byte)'U':
                return Digits(ref body, 8, 16, ref value) && Rune.IsValid(value);
            case >= (byte)'0' and <= (byte)'7':
                isByte = true;
                value = escape - '0';
                return Digits(ref body, 2, 8, ref value) && value <= byte.MaxValue;
            case (byte)'\'' or (byte)'"':
                value = escape;
                return escape == quote;
        }

        value = escape switch
        {
            (byte)'a' => '\a',
            (byte)'b' => '\b',
            (byte)'f' => '\f',
            (byte)'n' => '\n',
            (byte)'r' => '\r',
            (byte)'t' => '\t',
            (byte)'v' => '\v',
            (byte)'\\' => '\\',
            _ => -1,
        };
        return value >= 0;
    }

    private static bool Digits(ref ReadOnlySpan<byte> body, int count, int radix, ref int value)
    {
        if (body.Length < count)
        {
            return false;
        }

        foreach (var b in body[..count])
        {
            if (!char.IsAsciiHexDigit((char)b) || Convert.ToInt32(((char)b).ToString(), 16) is var digit && digit >= radix)
            {
                return false;
            }

            value = unchecked((value * radix) + digit);
        }

        body = body[count..];
        return true;
    }
}
