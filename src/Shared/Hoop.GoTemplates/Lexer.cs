using System.Text;

namespace Hoop.GoTemplates;

/// <summary>
/// Cuts a template into tokens by the rules of Go 1.19 text/template. It does not judge numbers and strings: it finds their ends,
/// and <see cref="Literals"/> reads them. The first error token is the last token.
/// Names, strings and numbers are in the other half of this class.
/// </summary>
internal sealed partial class Lexer
{
    private readonly ReadOnlyMemory<byte> _source;
    private readonly List<Token> _tokens = [];
    private int _start;
    private int _position;

    private Lexer(ReadOnlyMemory<byte> source) => _source = source;

    private ReadOnlySpan<byte> Rest => _source.Span[_position..];

    public static List<Token> Read(ReadOnlyMemory<byte> source)
    {
        var lexer = new Lexer(source);
        while (lexer.TextThenAction())
        {
        }

        return lexer._tokens;
    }

    private static bool IsSpace(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n';

    /// <summary>Literal text up to the next action, and that action. False at the end of the source and after an error.</summary>
    private bool TextThenAction()
    {
        var delimiter = Rest.IndexOf("{{"u8);
        if (delimiter < 0)
        {
            _position = _source.Length;
            if (_position > _start)
            {
                Emit(TokenKind.Text);
            }

            Emit(TokenKind.EndOfSource);
            return false;
        }

        var text = Rest[..delimiter];
        var afterDelimiter = Rest[(delimiter + 2)..];
        var trims = afterDelimiter.Length >= 2 && afterDelimiter[0] == '-' && IsSpace(afterDelimiter[1]);
        var kept = trims ? text.TrimEnd(" \t\r\n"u8).Length : text.Length;
        var end = _position + delimiter;
        _position += kept;
        if (kept > 0)
        {
            Emit(TokenKind.Text);
        }

        _start = end;
        _position = end + 2;
        var marker = trims ? 2 : 0;
        if (Rest[marker..].StartsWith("/*"u8))
        {
            _start = _position += marker;
            return Comment();
        }

        Emit(TokenKind.LeftDelimiter);
        _start = _position += marker;
        return Action();
    }

    private bool Comment()
    {
        var end = Rest[2..].IndexOf("*/"u8);
        if (end < 0)
        {
            return Fail("unclosed comment");
        }

        _position += end + 4;
        if (!AtRightDelimiter(out var trims))
        {
            return Fail("comment ends before closing delimiter");
        }

        SkipRightDelimiter(trims);
        return true;
    }

    private bool AtRightDelimiter(out bool trims)
    {
        trims = Rest.Length >= 2 && IsSpace(Rest[0]) && Rest[1] == '-' && Rest[2..].StartsWith("}}"u8);
        return trims || Rest.StartsWith("}}"u8);
    }

    private void SkipRightDelimiter(bool trims)
    {
        _position += trims ? 4 : 2;
        if (trims)
        {
            _position += Rest.Length - Rest.TrimStart(" \t\r\n"u8).Length;
        }

        _start = _position;
    }

    /// <summary>Everything between the delimiters, and the right one.</summary>
    private bool Action()
    {
        var parentheses = 0;
        while (true)
        {
            if (AtRightDelimiter(out var trims))
            {
                if (parentheses > 0)
                {
                    return Fail("unclosed left paren");
                }

                _start = trims ? _position + 2 : _position;
                _tokens.Add(new Token(TokenKind.RightDelimiter, _start, _source.Slice(_start, 2)));
                SkipRightDelimiter(trims);
                return true;
            }

            if (Rest.IsEmpty)
            {
                return Fail("unclosed action");
            }

            parentheses += Rest[0] switch { (byte)'(' => 1, (byte)')' => -1, _ => 0 };
            if (!Element())
            {
                return false;
            }

            if (parentheses < 0)
            {
                return Fail("unexpected right paren " + Describe(new Rune(')')));
            }
        }
    }

    private bool Element()
    {
        var rune = Utf8Text.FirstRune(Rest, out var width);
        switch (rune.Value)
        {
            case ' ' or '\t' or '\r' or '\n':
                return Spaces();
            case '=':
                return EmitNext(1, TokenKind.Assign);
            case ':':
                return Rest.StartsWith(":="u8) ? EmitNext(2, TokenKind.Declare) : Fail("expected :=");
            case '|':
                return EmitNext(1, TokenKind.Pipe);
            case '(':
                return EmitNext(1, TokenKind.LeftParenthesis);
            case ')':
                return EmitNext(1, TokenKind.RightParenthesis);
            case '"':
                return Quoted((byte)'"', TokenKind.QuotedString, "unterminated quoted string");
            case '\'':
                return Quoted((byte)'\'', TokenKind.Character, "unterminated character constant");
            case '`':
                var end = Rest[1..].IndexOf((byte)'`');
                return end >= 0 ? EmitNext(end + 2, TokenKind.RawString) : Fail("unterminated raw quoted string");
            case '$':
                return Name(1, TokenKind.Variable, TokenKind.Variable);
            case '.' when Rest.Length > 1 && !char.IsAsciiDigit((char)Rest[1]):
                return Name(1, TokenKind.Field, TokenKind.Dot);
            case '.' or '+' or '-' or (>= '0' and <= '9'):
                return Number();
        }

        if (Utf8Text.IsLetterOrDigit(rune))
        {
            return Name(0, TokenKind.Identifier, TokenKind.Identifier);
        }

        return rune.IsAscii && Utf8Text.IsPrintable(rune)
            ? EmitNext(width, TokenKind.Punctuation)
            : Fail("unrecognized character in action: " + Describe(rune));
    }

    /// <summary>A run of spaces, without the one that belongs to a trim marker.</summary>
    private bool Spaces()
    {
        while (!Rest.IsEmpty && IsSpace(Rest[0]) && !AtRightDelimiter(out _))
        {
            _position++;
        }

        return Emit(TokenKind.Space);
    }

    private bool EmitNext(int length, TokenKind kind)
    {
        _position += length;
        return Emit(kind);
    }

    private bool Emit(TokenKind kind)
    {
        _tokens.Add(new Token(kind, _start, _source[_start.._position]));
        _start = _position;
        return true;
    }

    private bool Fail(string message)
    {
        _tokens.Add(new Token(TokenKind.Error, _start, Encoding.UTF8.GetBytes(message)));
        return false;
    }

    private static string Describe(Rune rune) => $"U+{rune.Value:X4}" + (Utf8Text.IsPrintable(rune) ? $" '{rune}'" : "");
}
