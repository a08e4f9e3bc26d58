using System.Text;

namespace Hoop.Spiffe.Templates;

/// <summary>
/// Cuts a template into tokens by the rules of Go 1.19 text/template. It does not judge numbers and strings: it finds their ends,
/// and <see cref="Literals"/> reads them. The first error token is the last token.
/// </summary>
internal sealed class Lexer
{
    private static readonly Dictionary<string, TokenKind> Keywords = new(StringComparer.Ordinal)
    {
        ["nil"] = TokenKind.Nil,
        ["block"] = TokenKind.Block,
        ["break"] = TokenKind.Break,
        ["continue"] = TokenKind.Continue,
        ["define"] = TokenKind.Define,
        ["else"] = TokenKind.Else,
        ["end"] = TokenKind.End,
        ["if"] = TokenKind.If,
        ["range"] = TokenKind.Range,
        ["template"] = TokenKind.Template,
        ["with"] = TokenKind.With,
    };

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

    private bool Quoted(byte quote, TokenKind kind, string unterminated)
    {
        for (_position++; !Rest.IsEmpty && Rest[0] != '\n'; _position++)
        {
            if (Rest[0] == quote)
            {
                return EmitNext(1, kind);
            }

            if (Rest[0] != '\\')
            {
                continue;
            }

            _position++;
            if (Rest.IsEmpty || Rest[0] == '\n')
            {
                break;
            }
        }

        return Fail(unterminated);
    }

    /// <summary>A name after an optional sigil. It must be followed by something that can end a name, so that <c>$x+2</c> stays free for the future.</summary>
    private bool Name(int sigil, TokenKind kind, TokenKind sigilAlone)
    {
        _position += sigil;
        var rune = Utf8Text.FirstRune(Rest, out var width);
        if (sigil > 0 && AtTerminator(rune, width))
        {
            return Emit(sigilAlone);
        }

        while (width > 0 && Utf8Text.IsLetterOrDigit(rune))
        {
            _position += width;
            rune = Utf8Text.FirstRune(Rest, out width);
        }

        return AtTerminator(rune, width)
            ? Emit(kind == TokenKind.Identifier ? Classify() : kind)
            : Fail("bad character " + Describe(rune));
    }

    private TokenKind Classify()
    {
        var word = Encoding.UTF8.GetString(_source.Span[_start.._position]);
        return word is "true" or "false" ? TokenKind.Bool : Keywords.GetValueOrDefault(word, TokenKind.Identifier);
    }

    private bool AtTerminator(Rune rune, int width) =>
        width == 0 || rune.Value is ' ' or '\t' or '\r' or '\n' or '.' or ',' or '|' or ':' or ')' or '(' || Rest.StartsWith("}}"u8);

    private bool Number()
    {
        var wellFormed = ScanNumber();
        if (wellFormed && !Rest.IsEmpty && Rest[0] is (byte)'+' or (byte)'-')
        {
            wellFormed = ScanNumber() && _source.Span[_position - 1] == 'i';
            if (wellFormed)
            {
                return Fail("complex numbers are not supported");
            }
        }

        return wellFormed ? Emit(TokenKind.Number) : Fail("bad number syntax: " + Quoting.Quoted(_source.Span[_start.._position]));
    }

    private bool ScanNumber()
    {
        const string Decimal = "0123456789_";
        const string Hexadecimal = "0123456789abcdefABCDEF_";
        Accept("+-");
        var digits = Decimal;
        if (Accept("0"))
        {
            digits = Accept("xX") ? Hexadecimal : Accept("oO") ? "01234567_" : Accept("bB") ? "01_" : Decimal;
        }

        AcceptRun(digits);
        if (Accept("."))
        {
            AcceptRun(digits);
        }

        if ((digits == Decimal && Accept("eE")) || (digits == Hexadecimal && Accept("pP")))
        {
            Accept("+-");
            AcceptRun(Decimal);
        }

        Accept("i");
        var next = Utf8Text.FirstRune(Rest, out var width);
        if (width == 0 || !Utf8Text.IsLetterOrDigit(next))
        {
            return true;
        }

        _position += width;
        return false;
    }

    private bool Accept(string characters)
    {
        var accepted = !Rest.IsEmpty && characters.Contains((char)Rest[0], StringComparison.Ordinal);
        _position += accepted ? 1 : 0;
        return accepted;
    }

    private void AcceptRun(string characters)
    {
        while (Accept(characters))
        {
        }
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
