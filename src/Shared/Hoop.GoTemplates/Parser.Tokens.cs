namespace Hoop.GoTemplates;

/// <summary>The parser's place among the tokens, and how it fails there.</summary>
internal sealed partial class Parser
{
    private Token Peek()
    {
        _furthest = Math.Max(_furthest, _next);
        return _tokens[_next];
    }

    /// <summary>The last token, an end or an error, is given again and again.</summary>
    private Token Next()
    {
        var token = Peek();
        _next = Math.Min(_next + 1, _tokens.Count - 1);
        return token;
    }

    private Token PeekNonSpace()
    {
        while (Peek().Kind == TokenKind.Space)
        {
            _next++;
        }

        return Peek();
    }

    private Token NextNonSpace()
    {
        PeekNonSpace();
        return Next();
    }

    private bool Expect(TokenKind kind, string context)
    {
        var token = NextNonSpace();
        return token.Kind == kind || Unexpected<Node>(token, context) is not null;
    }

    private T? Unexpected<T>(Token token, string context)
        where T : class => Fail<T>(token.Kind == TokenKind.Error ? token.Describe() : $"unexpected {token.Describe()} in {context}");

    /// <summary>Records the first error, at the last token that was looked at: that is the line which Go reports. Always null.</summary>
    private T? Fail<T>(string message)
        where T : class
    {
        _error ??= TemplateError.At(_source.Span, _tokens[_furthest].Offset, message);
        return null;
    }

    private bool Refuse(string message) => Fail<Node>(message) is not null;
}
