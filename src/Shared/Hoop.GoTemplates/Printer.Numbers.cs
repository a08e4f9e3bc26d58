using System.Globalization;
using System.Text;

namespace Hoop.GoTemplates;

/// <summary>How <c>fmt</c> writes whole numbers, characters and floating-point numbers.</summary>
internal sealed partial class Printer
{
    private const byte Quote = (byte)'\'';

    private void Whole(Value value, bool negative, ulong bits, int verb)
    {
        var magnitude = negative ? unchecked(0UL - bits) : bits;
        switch (verb)
        {
            case 'v' or 'd':
                Digits(negative, magnitude, 10, verb, upper: false);
                break;
            case 'b':
                Digits(negative, magnitude, 2, verb, upper: false);
                break;
            case 'o' or 'O':
                Digits(negative, magnitude, 8, verb, upper: false);
                break;
            case 'x' or 'X':
                Digits(negative, magnitude, 16, verb, verb == 'X');
                break;
            case 'c':
                Pad(Encoding.UTF8.GetBytes(Character(bits).ToString()));
                break;
            case 'q':
                Pad(Quoting.Quote(Encoding.UTF8.GetBytes(Character(bits).ToString()), Quote, _flags.Plus));
                break;
            case 'U':
                CodePoint(bits);
                break;
            default:
                BadVerb(value, verb);
                break;
        }
    }

    private static Rune Character(ulong bits) => bits <= 0x10FFFF && Rune.IsValid((uint)bits) ? new Rune((uint)bits) : Rune.ReplacementChar;

    private void CodePoint(ulong bits)
    {
        var digits = bits.ToString("X4", CultureInfo.InvariantCulture);
        if (TooLong(_flags.Precision))
        {
            return;
        }

        digits = "U+" + digits.PadLeft(_flags.Precision ?? 0, '0');
        if (_flags.Sharp && bits <= 0x10FFFF && Character(bits) is var rune && rune.Value == (int)bits && Utf8Text.IsPrintable(rune))
        {
            digits += $" '{rune}'";
        }

        var zero = _flags.Zero;
        _flags.Zero = false;
        Pad(Encoding.UTF8.GetBytes(digits));
        _flags.Zero = zero;
    }

    /// <summary>A precision is the least number of digits, and wins over the zero flag; precision 0 prints nothing for 0.</summary>
    private void Digits(bool negative, ulong magnitude, int radix, int verb, bool upper)
    {
        if (TooLong(_flags.Precision) || TooLong(_flags.Width))
        {
            return;
        }

        var zero = _flags.Zero;
        var sign = negative ? "-" : _flags.Plus ? "+" : _flags.Space ? " " : "";
        var least = _flags.Precision ?? (zero && _flags.Width is { } width ? width - sign.Length : 0);
        _flags.Zero = false;
        if (_flags.Precision == 0 && magnitude == 0)
        {
            Pad(""u8);
        }
        else
        {
            Pad(
                Encoding.ASCII.GetBytes(sign + Prefixed(InRadix(magnitude, radix, upper).PadLeft(Math.Max(least, 0), '0'), radix, verb,
                    upper)));
        }

        _flags.Zero = zero;
    }

    private string Prefixed(string digits, int radix, int verb, bool upper)
    {
        var prefix = (_flags.Sharp, radix) switch
        {
            (true, 2) => "0b",
            (true, 8) when digits[0] != '0' => "0",
            (true, 16) => upper ? "0X" : "0x",
            _ => "",
        };
        return verb == 'O' ? "0o" + prefix + digits : prefix + digits;
    }

    private static string InRadix(ulong magnitude, int radix, bool upper)
    {
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, (upper ? "0123456789ABCDEF" : "0123456789abcdef")[(int)(magnitude % (ulong)radix)]);
            magnitude /= (ulong)radix;
        }
        while (magnitude > 0);

        return digits.ToString();
    }

    private void Float(FloatValue value, int verb)
    {
        var (style, precision) = verb switch
        {
            'v' => ('g', -1),
            'b' or 'g' or 'G' or 'x' or 'X' => ((char)verb, -1),
            'f' or 'e' or 'E' => ((char)verb, 6),
            'F' => ('f', 6),
            _ => ('\0', 0),
        };
        precision = _flags.Precision ?? precision;
        if (style == '\0')
        {
            BadVerb(value, verb);
        }
        else if (!TooLong(precision))
        {
            Work += FloatText.Cost(value.Number, precision);
            Float(FloatText.Format(value.Number, style, precision), style, precision);
        }
    }

    /// <summary>With zero padding the sign comes before the zeros.</summary>
    private void Float(string number, char style, int precision)
    {
        var sign = number[0] == '-' ? "-" : _flags.Plus ? "+" : _flags.Space ? " " : "";
        var unsigned = number.TrimStart('-');
        if (_flags.Sharp && style != 'b')
        {
            unsigned = FloatText.WithPoint(unsigned, style, precision);
        }

        if (_flags.Zero && sign.Length > 0 && _flags.Width > sign.Length + unsigned.Length)
        {
            output.AppendAscii(sign);
            output.AppendRepeated((byte)'0', _flags.Width.Value - sign.Length - unsigned.Length);
            output.AppendAscii(unsigned);
        }
        else
        {
            Pad(Encoding.ASCII.GetBytes(sign + unsigned));
        }
    }
}
