using System.Globalization;
using System.Text;

namespace Hoop.Identity.AccessRules;

internal enum LexemeKind
{
    End,
    Word,
    Text,
    Number,
    Equals,
    Colon,
    Comma,
    OpenBrace,
    CloseBrace,
    OpenBracket,
    CloseBracket,
}

/// <summary>A word of a policy's text, and where it stands.</summary>
internal readonly record struct Lexeme(LexemeKind Kind, string Text, int Line, int Column)
{
    /// <summary>For a message: short, and on one line.</summary>
    public string Shown => Kind switch
    {
        LexemeKind.End => "the end of the text",
        LexemeKind.Text => $"\"{Shorten(Text)}\"",
        _ => $"'{Shorten(Text)}'",
    };

    /// <summary>At most 60 characters that can be printed.</summary>
    public static string Shorten(string text)
    {
        var shown = new string([.. text.Take(60).Select(character => char.IsControl(character) ? ' ' : character)]);
        return text.Length > 60 ? shown + "..." : shown;
    }
}

/// <summary>Cuts a policy's text into words. JSON has no comments, no bare names and no heredocs.</summary>
internal sealed class PolicyLexer(string text, bool json)
{
    private int _at = text.StartsWith('\uFEFF') ? 1 : 0;
    private int _line = 1;
    private int _lineStart = text.StartsWith('\uFEFF') ? 1 : 0;

    /// <exception cref="PolicyException">What stands here begins no word.</exception>
    public Lexeme Read()
    {
        SkipBlanks();
        if (_at == text.Length)
        {
            return Here(LexemeKind.End, "");
        }

        var start = Here(LexemeKind.End, "");
        switch (text[_at])
        {
            case '{':
                return One(LexemeKind.OpenBrace);
            case '}':
                return One(LexemeKind.CloseBrace);
            case '[':
                return One(LexemeKind.OpenBracket);
            case ']':
                return One(LexemeKind.CloseBracket);
            case ',':
                return One(LexemeKind.Comma);
            case '=' when !json:
                return One(LexemeKind.Equals);
            case ':' when json:
                return One(LexemeKind.Colon);
            case '"':
                return start with { Kind = LexemeKind.Text, Text = Quoted(start) };
            case '<' when !json && text.AsSpan(_at).StartsWith("<<"):
                return start with { Kind = LexemeKind.Text, Text = Heredoc(start) };
            case var digit when char.IsAsciiDigit(digit) || digit is '-' or '+':
                return start with { Kind = LexemeKind.Number, Text = Span(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '+' or '.') };
            case var letter when char.IsAsciiLetter(letter) || letter == '_':
                return start with { Kind = LexemeKind.Word, Text = Span(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') };
            default:
                throw new PolicyException(start.Line, start.Column, $"unexpected character '{Lexeme.Shorten(text[_at].ToString())}'");
        }
    }

    private Lexeme Here(LexemeKind kind, string word) => new(kind, word, _line, _at - _lineStart + 1);

    private Lexeme One(LexemeKind kind)
    {
        var lexeme = Here(kind, text[_at].ToString());
        _at++;
        return lexeme;
    }

    private string Span(Func<char, bool> belongs)
    {
        var start = _at++;
        while (_at < text.Length && belongs(text[_at]))
        {
            _at++;
        }

        return text[start.._at];
    }

    private void SkipBlanks()
    {
        while (_at < text.Length)
        {
            if (text[_at] == '\n')
            {
                NewLine();
            }
            else if (text[_at] is ' ' or '\t' or '\r')
            {
                _at++;
            }
            else if (!json && (text[_at] == '#' || text.AsSpan(_at).StartsWith("//")))
            {
                var end = text.IndexOf('\n', _at);
                _at = end < 0 ? text.Length : end;
            }
            else if (!json && text.AsSpan(_at).StartsWith("/*"))
            {
                SkipComment();
            }
            else
            {
                return;
            }
        }
    }

    private void SkipComment()
    {
        var start = Here(LexemeKind.End, "");
        for (_at += 2; _at < text.Length; )
        {
            if (text.AsSpan(_at).StartsWith("*/"))
            {
                _at += 2;
                return;
            }

            if (text[_at] == '\n')
            {
                NewLine();
            }
            else
            {
                _at++;
            }
        }

        throw new PolicyException(start.Line, start.Column, "the comment does not end");
    }

    private void NewLine() => (_at, _line, _lineStart) = (_at + 1, _line + 1, _at + 1);

    private string Quoted(Lexeme start)
    {
        var value = new StringBuilder();
        for (_at++; _at < text.Length && text[_at] != '\n'; _at++)
        {
            switch (text[_at])
            {
                case '"':
                    _at++;
                    return value.ToString();
                case '\\':
                    value.Append(Escape());
                    break;
                case < ' ' and not '\t':
                    throw new PolicyException(_line, _at - _lineStart + 1, "a control character inside of a string");
                case var character:
                    value.Append(character);
                    break;
            }
        }

        throw new PolicyException(start.Line, start.Column, "the string does not end");
    }

    private char Escape()
    {
        var column = _at - _lineStart + 1;
        _at++;
        var code = _at < text.Length ? text[_at] : ' ';
        switch (code)
        {
            case '"' or '\\' or '/':
                return code;
            case 'n':
                return '\n';
            case 't':
                return '\t';
            case 'r':
                return '\r';
            case 'b':
                return '\b';
            case 'f':
                return '\f';
            case 'u' when _at + 4 < text.Length
                && ushort.TryParse(text.AsSpan(_at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                _at += 4;
                return (char)unit;
            default:
                throw new PolicyException(_line, column, "an escape that means nothing");
        }
    }

    private string Heredoc(Lexeme start)
    {
        _at += 2;
        var indented = _at < text.Length && text[_at] == '-';
        _at += indented ? 1 : 0;
        var end = text.IndexOf('\n', _at);
        var name = end < 0 ? "" : text[_at..end].Trim();
        if (name.Length == 0 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            throw new PolicyException(start.Line, start.Column, "expected a name after <<");
        }

        _at = end;
        NewLine();
        var value = new StringBuilder();
        while (_at < text.Length)
        {
            var next = text.IndexOf('\n', _at);
            var line = text[_at..(next < 0 ? text.Length : next)];
            if (line.Trim() == name)
            {
                _at += line.Length;
                return value.ToString();
            }

            value.Append(indented ? line.TrimStart() : line).Append('\n');
            _at += line.Length;
            if (next >= 0)
            {
                NewLine();
            }
        }

        throw new PolicyException(start.Line, start.Column, $"the text does not end with {name}");
    }
}
