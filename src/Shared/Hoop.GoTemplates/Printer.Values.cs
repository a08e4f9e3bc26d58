using System.Globalization;
using System.Text;

namespace Hoop.GoTemplates;

internal sealed partial class Printer
{
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
        for (var i = 0; i < data.Values.Length; i++)
        {
            if (i > 0)
            {
                output.AppendAscii(_flags.GoSyntax ? ", " : " ");
            }

            Member(data.Fields.Names[i], data.Values[i], verb);
        }

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
