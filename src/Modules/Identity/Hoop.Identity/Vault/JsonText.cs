using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Hoop.Identity.Vault;

/// <summary>
/// The text of a JSON string, whose bytes may lie in pieces: judged without a text, and made without putting the bytes together. That they
/// are UTF-8 and a string is known already.
/// </summary>
internal ref struct JsonText
{
    private readonly Span<char> _into;
    private readonly Decoder? _decoder;
    private int _escape;
    private int _unit;
    private bool _isHigh;
    private bool _isBroken;

    private JsonText(Span<char> into)
    {
        _into = into;
        _decoder = Encoding.UTF8.GetDecoder();
    }

    /// <summary>Of the text, so far. Of one that is judged and has no escapes: its bytes.</summary>
    public int Length { get; private set; }

    public bool HoldsNul { get; private set; }

    /// <summary>Whether an escape is half of a surrogate pair.</summary>
    public readonly bool IsBroken => _isBroken || _isHigh;

    /// <param name="reader">At a string or a name.</param>
    public static JsonText Judge(scoped in Utf8JsonReader reader)
    {
        var text = new JsonText();
        if (!reader.ValueIsEscaped)
        {
            // It is whole, since a bare NUL is no JSON; in UTF-8 it has as many bytes as characters, or more.
            text.Length = reader.HasValueSequence ? (int)reader.ValueSequence.Length : reader.ValueSpan.Length;
        }
        else if (reader.HasValueSequence)
        {
            text.Take(reader.ValueSequence);
        }
        else
        {
            text.Take(reader.ValueSpan);
        }

        return text;
    }

    /// <param name="reader">At a string, a name or a number.</param>
    public static string Of(scoped in Utf8JsonReader reader) =>
        reader.HasValueSequence ? Of(reader.ValueSequence)
        : reader.TokenType == JsonTokenType.Number ? Encoding.UTF8.GetString(reader.ValueSpan)
        : reader.GetString()!;

    private static string Of(in ReadOnlySequence<byte> bytes)
    {
        var measured = new JsonText();
        measured.Take(bytes);
        return string.Create(measured.Length, bytes, static (chars, bytes) => new JsonText(chars).Take(bytes));
    }

    private void Take(in ReadOnlySequence<byte> bytes)
    {
        foreach (var piece in bytes)
        {
            Take(piece.Span);
        }
    }

    private void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_escape == 0)
            {
                var end = bytes.IndexOf((byte)'\\');
                TakePlain(end < 0 ? bytes : bytes[..end]);
                bytes = end < 0 ? default : bytes[(end + 1)..];
                _escape = end < 0 ? 0 : 1;
            }
            else
            {
                TakeEscape(bytes[0]);
                bytes = bytes[1..];
            }
        }
    }

    private void TakePlain(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.IsEmpty)
        {
            (_isBroken, _isHigh) = (IsBroken, false);
            Length += _decoder is null ? Count(bytes) : _decoder.GetChars(bytes, _into[Length..], flush: false);
        }
    }

    // A character may be begun in one piece and ended in the next: its first byte counts.
    private static int Count(ReadOnlySpan<byte> bytes)
    {
        var chars = 0;
        foreach (var one in bytes)
        {
            chars += ((one & 0xC0) != 0x80 ? 1 : 0) + (one >= 0xF0 ? 1 : 0);
        }

        return chars;
    }

    /// <summary>1: behind the backslash; 2 to 5: so many digits of <c>\u</c> are there, and one more.</summary>
    private void TakeEscape(byte one)
    {
        switch (_escape)
        {
            case 1 when one == 'u':
                (_escape, _unit) = (2, 0);
                break;
            case 1:
                _escape = 0;
                TakeUnit((char)one switch
                {
                    'b' => '\b',
                    'f' => '\f',
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    var itself => itself,
                });
                break;
            default:
                _unit = (_unit << 4) | (one <= '9' ? one - '0' : (one | 0x20) - 'a' + 10);
                _escape = _escape == 5 ? 0 : _escape + 1;
                if (_escape == 0)
                {
                    TakeUnit((char)_unit);
                }

                break;
        }
    }

    private void TakeUnit(char unit)
    {
        _isBroken |= char.IsLowSurrogate(unit) != _isHigh;
        _isHigh = char.IsHighSurrogate(unit);
        HoldsNul |= unit == '\0';
        if (_decoder is not null)
        {
            _into[Length] = unit;
        }

        Length++;
    }
}
