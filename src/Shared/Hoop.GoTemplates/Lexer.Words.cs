using System.Text;

namespace Hoop.GoTemplates;

/// <summary>Where names, strings and numbers end.</summary>
internal sealed partial class Lexer
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

    /// <summary>
    /// A name after an optional sigil. It must be followed by something that can end a name, so that <c>$x+2</c> stays free for the
    /// future.
    /// </summary>
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
}
