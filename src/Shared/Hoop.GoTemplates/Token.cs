using System.Text;

namespace Hoop.GoTemplates;

internal enum TokenKind
{
    Error,
    EndOfSource,
    Text,
    LeftDelimiter,
    RightDelimiter,
    LeftParenthesis,
    RightParenthesis,
    Space,
    Pipe,
    Declare,
    Assign,
    Punctuation,
    Bool,
    Character,
    Number,
    QuotedString,
    RawString,
    Identifier,
    Field,
    Variable,
    Dot,

    // Keywords come after all others.
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
}

/// <summary>One piece of the source.</summary>
/// <param name="Offset">Of its first byte.</param>
/// <param name="Text">Its bytes; of an error, the message.</param>
internal readonly record struct Token(TokenKind Kind, int Offset, ReadOnlyMemory<byte> Text)
{
    public string Word => Encoding.UTF8.GetString(Text.Span);

    public bool IsPunctuation(byte character) => Kind == TokenKind.Punctuation && Text.Span[0] == character;

    /// <summary>How an error message names this token.</summary>
    public string Describe() => Kind switch
    {
        TokenKind.EndOfSource => "EOF",
        TokenKind.Error => Word,
        >= TokenKind.Nil => $"<{Word}>",
        _ when Text.Length > 10 => Quoting.Quoted(Quoting.FirstRunes(Text, 10).Span) + "...",
        _ => Quoting.Quoted(Text.Span),
    };
}
