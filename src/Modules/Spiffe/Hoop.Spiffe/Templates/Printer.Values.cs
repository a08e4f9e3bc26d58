using System.Globalization;
using System.Text;

namespace Hoop.Spiffe.Templates;

internal sealed partial class Printer
{
    private const byte Quote = (byte)'\'';

    private void Print(Value value, int verb)
    {
        switch (value)
        {
            case NoValue when verb is 'v' or 'T':
                Pad("<nil>"u8);
                break;
            case not NoValue when verb == 'T':
                Text(Encoding.ASCII.GetBytes(value.TypeName));
                break;
            case DataValue data when verb is not ('p' or 'w'):
                Data(data, verb);
                break;
            case BoolValue bit when verb is 't' or 'v':
                Pad(bit.Bit ? "true"u8 : "false"u8);
                break;
            case TextValue text:
                Text(text, verb);
                break;
            case IntValue whole:
                Whole(whole, whole.Number < 0, (ulong)whole.Number, verb);
                break;
            case ByteValue single when _flags.GoSyntax && verb == 'v':
                _flags.Sharp = true;
                Digits(negative: false, single.Number, 16, verb, upper: false);
                _flags.Sharp = false;
                break;
            case ByteValue single:
                Whole(single, negative: false, single.Number, verb);
                break;
            case FloatValue number:
                Float(number, verb);
                break;
            default:
                BadVerb(value, verb);
                break;
        }
    }

    private void BadVerb(Value value, int verb)
    {
        Mistake(new Rune(verb), "(");
        Typed(value);
        output.Append((byte)')');
    }

    private void Typed(Value value)
    {
        if (value is NoValue)
        {
            output.AppendAscii("<nil>");
            return;
        }

        output.AppendAscii(value.TypeName);
        output.Append((byte)'=');
        Print(value, 'v');
    }

    private void Data(DataValue data, int verb)
    {
        if (_flags.GoSyntax)
        {
            output.AppendAscii(data.TypeName);
        }

        output.Append((byte)'{');
        Member(DataValue.WorkloadIdentifierField, data.WorkloadIdentifier, verb);
        output.AppendAscii(_flags.GoSyntax ? ", " : " ");
        Member(DataValue.SpiffeIdField, data.SpiffeId, verb);
        output.Append((byte)'}');
    }

    private void Member(string name, TextValue value, int verb)
    {
        if (_flags.FieldNames || _flags.GoSyntax)
        {
            output.AppendAscii(name + ":");
        }

        Text(value, verb);
    }

    private void Text(TextValue value, int verb)
    {
        switch (verb)
        {
            case 'v' when _flags.GoSyntax:
            case 'q':
                Quoted(Truncate(value.Bytes).Span);
                break;
            case 'v' or 's':
                Text(value.Bytes);
                break;
            case 'x' or 'X':
                Hexadecimal(value.Bytes.Span, verb == 'X');
                break;
            default:
                BadVerb(value, verb);
                break;
        }
    }

    private void Text(ReadOnlyMemory<byte> text) => Pad(Truncate(text).Span);

    private ReadOnlyMemory<byte> Truncate(ReadOnlyMemory<byte> text) =>
        _flags.Precision is { } count ? Quoting.FirstRunes(text, count) : text;

    private void Quoted(ReadOnlySpan<byte> text)
    {
        if (_flags.Sharp && Quoting.CanBackquote(text))
        {
            Pad([(byte)'`', .. text, (byte)'`']);
        }
        else
        {
            Pad(Quoting.Quote(text, (byte)'"', _flags.Plus));
        }
    }

    /// <summary>Two digits a byte; the precision limits the bytes, <c>#</c> adds 0x and a space separates.</summary>
    private void Hexadecimal(ReadOnlySpan<byte> text, bool upper)
    {
        var bytes = text[..Math.Min(text.Length, _flags.Precision ?? int.MaxValue)];
        var prefix = _flags.Sharp ? upper ? "0X" : "0x" : "";
        var separator = _flags.Space ? " " + prefix : "";
        var digits = new StringBuilder();
        foreach (var b in bytes)
        {
            digits.Append(digits.Length == 0 ? prefix : separator);
            digits.Append(b.ToString(upper ? "X2" : "x2", CultureInfo.InvariantCulture));
        }

        Pad(Encoding.ASCII.GetBytes(digits.ToString()));
    }

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
            Pad(Encoding.ASCII.GetBytes(sign + Prefixed(InRadix(magnitude, radix, upper).PadLeft(Math.Max(least, 0), '0'), radix, verb, upper)));
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

    /// <summary>Refuses a width or precision that cannot fit before anything is allocated for it.</summary>
    private bool TooLong(int? length)
    {
        if (length is null or <= TemplateLimits.TextBytes)
        {
            return false;
        }

        output.Overflow();
        return true;
    }

    private void Pad(ReadOnlySpan<byte> text)
    {
        var missing = _flags.Width is { } width ? width - Utf8Text.CountRunes(text) : 0;
        var filler = _flags.Zero ? (byte)'0' : (byte)' ';
        if (!_flags.Minus)
        {
            output.AppendRepeated(filler, missing);
        }

        output.Append(text);
        if (_flags.Minus)
        {
            output.AppendRepeated(filler, missing);
        }
    }
}
