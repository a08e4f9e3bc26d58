namespace Hoop.Identity.AccessRules;

internal enum NodeKind
{
    Text,
    Number,
    Flag,
    Null,
    List,
    Object,
}

/// <summary>A value of a policy's text, and where it stands. Lines and columns count from one.</summary>
/// <param name="Text">Of a text, a number or a truth value.</param>
internal sealed record Node(
    NodeKind Kind, string Text, IReadOnlyList<Node> Items, IReadOnlyList<Member> Members, int Line, int Column);

/// <summary><c>key = value</c>, or <c>key "label" { }</c>.</summary>
internal sealed record Member(string Name, IReadOnlyList<string> Labels, Node Value, int Line, int Column);

/// <summary>What is wrong with a policy's text, and where.</summary>
internal sealed class PolicyException(int line, int column, string problem) : Exception(problem)
{
    public int Line => line;

    public int Column => column;

    /// <summary>One line for the author of the policy.</summary>
    public string Told => $"failed to parse policy: line {line}, column {column}: {Message}";
}

/// <summary>
/// Reads the part of HCL (version 1) that policies are written in, and JSON as HCL understands it, into one tree. No .NET library of HCL is
/// kept up, and those of other languages drop what this needs: a repeated key is told with its place, where others let the last one win.
/// Bounded in size and depth.
/// </summary>
internal sealed class PolicySyntax
{
    public const int MaxLength = 256 * 1024;

    private const int MaxDepth = 12;

    private static readonly Node[] NoItems = [];
    private static readonly Member[] NoMembers = [];

    private readonly PolicyLexer _lexer;
    private readonly bool _json;
    private Lexeme _next;
    private int _depth;

    private PolicySyntax(string text, bool json)
    {
        (_lexer, _json) = (new PolicyLexer(text, json), json);
        _next = _lexer.Read();
    }

    /// <summary>The members of the document.</summary>
    /// <exception cref="PolicyException">The text is neither HCL nor JSON.</exception>
    public static IReadOnlyList<Member> Parse(string text)
    {
        if (text.Length > MaxLength)
        {
            throw new PolicyException(1, 1, $"the policy is longer than {MaxLength} characters");
        }

        var json = text.AsSpan().TrimStart(" \t\r\n") is ['{', ..];
        var parser = new PolicySyntax(text, json);
        if (!json)
        {
            return parser.Members(LexemeKind.End);
        }

        var document = parser.Value();
        parser.Take(LexemeKind.End, "the end of the text");
        return document.Members;
    }

    private Member[] Members(LexemeKind end)
    {
        var members = new List<Member>();
        while (_next.Kind != end)
        {
            members.Add(Member());
            if (_json ? _next.Kind != end : _next.Kind == LexemeKind.Comma)
            {
                var comma = Take(LexemeKind.Comma, "a comma");
                if (_json && _next.Kind == end)
                {
                    throw Problem(comma, "a comma with nothing after it");
                }
            }
        }

        return [.. members];
    }

    private Member Member()
    {
        var key = _next;
        if (key.Kind != LexemeKind.Text && (_json || key.Kind != LexemeKind.Word))
        {
            throw Problem(key, $"expected a name, found {key.Shown}");
        }

        Advance();
        if (_next.Kind == (_json ? LexemeKind.Colon : LexemeKind.Equals))
        {
            Advance();
            return new Member(key.Text, [], Value(), key.Line, key.Column);
        }

        var labels = new List<string>();
        while (!_json && _next.Kind == LexemeKind.Text)
        {
            labels.Add(_next.Text);
            Advance();
        }

        return _json || _next.Kind != LexemeKind.OpenBrace
            ? throw Problem(_next, $"expected {(_json ? "a colon" : "= or {")} after {key.Shown}, found {_next.Shown}")
            : new Member(key.Text, labels, Value(), key.Line, key.Column);
    }

    private Node Value()
    {
        var first = _next;
        Advance();
        switch (first.Kind)
        {
            case LexemeKind.Text:
                return Leaf(NodeKind.Text, first);
            case LexemeKind.Number:
                return Leaf(NodeKind.Number, first);
            case LexemeKind.Word when first.Text is "true" or "false":
                return Leaf(NodeKind.Flag, first);
            case LexemeKind.Word when _json && first.Text == "null":
                return Leaf(NodeKind.Null, first);
            case LexemeKind.OpenBrace:
                Enter(first);
                var members = Members(LexemeKind.CloseBrace);
                Leave();
                return new Node(NodeKind.Object, "", NoItems, members, first.Line, first.Column);
            case LexemeKind.OpenBracket:
                Enter(first);
                var items = Items();
                Leave();
                return new Node(NodeKind.List, "", items, NoMembers, first.Line, first.Column);
            default:
                throw Problem(first, $"expected a value, found {first.Shown}");
        }
    }

    private Node[] Items()
    {
        var items = new List<Node>();
        while (_next.Kind != LexemeKind.CloseBracket)
        {
            items.Add(Value());
            if (_next.Kind != LexemeKind.CloseBracket)
            {
                var comma = Take(LexemeKind.Comma, "a comma or ]");
                if (_json && _next.Kind == LexemeKind.CloseBracket)
                {
                    throw Problem(comma, "a comma with nothing after it");
                }
            }
        }

        return [.. items];
    }

    private static Node Leaf(NodeKind kind, Lexeme lexeme) => new(kind, lexeme.Text, NoItems, NoMembers, lexeme.Line, lexeme.Column);

    private void Enter(Lexeme at)
    {
        if (++_depth > MaxDepth)
        {
            throw Problem(at, $"more than {MaxDepth} levels");
        }
    }

    private void Leave()
    {
        _depth--;

        // The closing brace or bracket.
        Advance();
    }

    private Lexeme Take(LexemeKind kind, string name)
    {
        var taken = _next;
        if (taken.Kind != kind)
        {
            throw Problem(taken, $"expected {name}, found {taken.Shown}");
        }

        Advance();
        return taken;
    }

    private void Advance()
    {
        if (_next.Kind != LexemeKind.End)
        {
            _next = _lexer.Read();
        }
    }

    private static PolicyException Problem(Lexeme at, string problem) => new(at.Line, at.Column, problem);
}
