namespace Hoop.GoTemplates;

/// <summary>
/// Builds the nodes of a template by the rules of Go 1.19 text/template. A method that answers null has recorded the error;
/// its callers pass the null on. Pipelines and operands, and the tokens, are in the other parts of this class.
/// </summary>
internal sealed partial class Parser
{
    private readonly ReadOnlyMemory<byte> _source;
    private readonly TemplateFields _fields;
    private readonly List<Token> _tokens;
    private readonly Dictionary<string, ListNode> _templates = new(StringComparer.Ordinal);
    private List<string> _variables = ["$"];
    private int _next;
    private int _furthest;
    private int _nesting;
    private int _loops;
    private TemplateError? _error;

    private Parser(ReadOnlyMemory<byte> source, TemplateFields fields)
    {
        _source = source;
        _fields = fields;
        _tokens = Lexer.Read(source);
    }

    public static TemplateSet? Parse(ReadOnlyMemory<byte> source, TemplateFields fields, out TemplateError? error)
    {
        var parser = new Parser(source, fields);
        var parsed = parser.Main();
        error = parser._error;
        return parsed ? new TemplateSet(source, fields, parser._templates) : null;
    }

    /// <summary>The whole source: like <see cref="List"/>, but <c>define</c> is allowed here.</summary>
    private bool Main()
    {
        var start = Peek().Offset;
        var nodes = new List<Node>();
        while (Peek().Kind != TokenKind.EndOfSource)
        {
            var mark = _next;
            if (Next().Kind == TokenKind.LeftDelimiter && NextNonSpace().Kind == TokenKind.Define)
            {
                if (!Definition())
                {
                    return false;
                }

                continue;
            }

            _next = mark;
            switch (TextOrAction())
            {
                case null:
                    return false;
                case EndNode:
                    return Refuse("unexpected {{end}}");
                case ElseNode:
                    return Refuse("unexpected {{else}}");
                case var node:
                    nodes.Add(node);
                    break;
            }
        }

        return Add(_fields.TemplateName, new ListNode(start, nodes));
    }

    /// <summary><c>{{define "name"}} … {{end}}</c>, the keyword is past.</summary>
    private bool Definition()
    {
        const string Context = "define clause";
        return TemplateName(Context) is { } name
            && Expect(TokenKind.RightDelimiter, Context)
            && OwnList(Context) is { } body
            && Add(name, body);
    }

    /// <summary><c>{{block "name" pipeline}} … {{end}}</c>: a definition that is called where it stands.</summary>
    private TemplateNode? Block()
    {
        const string Context = "block clause";
        var start = PeekNonSpace().Offset;
        return TemplateName(Context) is { } name
            && Pipeline(Context, TokenKind.RightDelimiter) is { } pipe
            && OwnList(Context) is { } body
            && Add(name, body)
                ? new TemplateNode(start, name, pipe)
                : null;
    }

    /// <summary>The body of a named template, which sees no variable and no loop of what surrounds it.</summary>
    private ListNode? OwnList(string context)
    {
        var (variables, loops) = (_variables, _loops);
        (_variables, _loops) = (["$"], 0);
        var body = Nested(() => List(out var terminator) switch
        {
            { } list when terminator is EndNode => list,
            null => null,
            _ => Fail<ListNode>($"unexpected {{{{else}}}} in {context}"),
        });
        (_variables, _loops) = (variables, loops);
        return body;
    }

    /// <summary>A body of nothing but white space does not replace another, and two that say something clash.</summary>
    private bool Add(string name, ListNode body)
    {
        if (_templates.TryGetValue(name, out var other) && !IsBlank(other))
        {
            return IsBlank(body) || Refuse($"multiple definition of template {QuoteName(name)}");
        }

        _templates[name] = body;
        return true;
    }

    private static bool IsBlank(ListNode list) =>
        list.Nodes.All(node => node is TextNode text && System.Text.Encoding.UTF8.GetString(text.Text.Span).AsSpan().IsWhiteSpace());

    /// <summary>Nodes up to <c>end</c> or <c>else</c>.</summary>
    private ListNode? List(out Node? terminator)
    {
        var start = PeekNonSpace().Offset;
        var nodes = new List<Node>();
        terminator = null;
        while (PeekNonSpace().Kind != TokenKind.EndOfSource)
        {
            switch (TextOrAction())
            {
                case null:
                    return null;
                case var node when node is EndNode or ElseNode:
                    terminator = node;
                    return new ListNode(start, nodes);
                case var node:
                    nodes.Add(node);
                    break;
            }
        }

        return Fail<ListNode>("unexpected EOF");
    }

    private Node? TextOrAction()
    {
        var token = NextNonSpace();
        return token.Kind switch
        {
            TokenKind.Text => new TextNode(token.Offset, token.Text),
            TokenKind.LeftDelimiter => Action(),
            _ => Unexpected<Node>(token, "input"),
        };
    }

    /// <summary>What follows a left delimiter.</summary>
    private Node? Action()
    {
        var mark = _next;
        var token = NextNonSpace();
        switch (token.Kind)
        {
            case TokenKind.Block:
                return Block();
            case TokenKind.Break or TokenKind.Continue:
                return LoopControl(token);
            case TokenKind.Else:
                return Else();
            case TokenKind.End:
                return Expect(TokenKind.RightDelimiter, "end") ? new EndNode(token.Offset) : null;
            case TokenKind.If:
                return Branch(token.Offset, BranchKind.If, "if");
            case TokenKind.Range:
                return Branch(token.Offset, BranchKind.Range, "range");
            case TokenKind.With:
                return Branch(token.Offset, BranchKind.With, "with");
            case TokenKind.Template:
                return TemplateCall();
        }

        _next = mark;
        return Pipeline("command", TokenKind.RightDelimiter) is { } pipe ? new ActionNode(token.Offset, pipe) : null;
    }

    private Node? LoopControl(Token keyword)
    {
        var name = $"{{{{{keyword.Word}}}}}";
        if (!Expect(TokenKind.RightDelimiter, name))
        {
            return null;
        }

        return _loops > 0 ? new LoopNode(keyword.Offset) : Fail<Node>($"{name} outside {{{{range}}}}");
    }

    private ElseNode? Else()
    {
        var token = PeekNonSpace();
        return token.Kind == TokenKind.If || Expect(TokenKind.RightDelimiter, "else") ? new ElseNode(token.Offset) : null;
    }

    /// <summary>
    /// <c>{{if}}</c>, <c>{{with}}</c> or <c>{{range}}</c> to its <c>{{end}}</c>; the keyword is past. Its variables end with it.
    /// </summary>
    private BranchNode? Branch(int start, BranchKind kind, string keyword)
    {
        var variables = _variables.Count;
        var branch = Nested(() =>
        {
            if (Pipeline(keyword, TokenKind.RightDelimiter) is not { } pipe)
            {
                return null;
            }

            var loop = kind == BranchKind.Range ? 1 : 0;
            _loops += loop;
            var body = List(out var terminator);
            _loops -= loop;
            if (body is null)
            {
                return null;
            }

            if (terminator is EndNode)
            {
                return new BranchNode(start, kind, pipe, body, null);
            }

            return ElsePart(kind) is { } otherwise ? new BranchNode(start, kind, pipe, body, otherwise) : null;
        });
        _variables.RemoveRange(variables, _variables.Count - variables);
        return branch;
    }

    /// <summary>What follows <c>else</c>. After <c>else if</c> one <c>end</c> closes both.</summary>
    private ListNode? ElsePart(BranchKind kind)
    {
        if (kind == BranchKind.If && Peek().Kind == TokenKind.If)
        {
            var token = Next();
            return Branch(token.Offset, BranchKind.If, "if") is { } chained ? new ListNode(token.Offset, [chained]) : null;
        }

        if (List(out var terminator) is not { } list)
        {
            return null;
        }

        return terminator is EndNode ? list : Fail<ListNode>("expected end; found {{else}}");
    }

    private TemplateNode? TemplateCall()
    {
        const string Context = "template clause";
        var start = PeekNonSpace().Offset;
        if (TemplateName(Context) is not { } name)
        {
            return null;
        }

        var mark = _next;
        if (NextNonSpace().Kind == TokenKind.RightDelimiter)
        {
            return new TemplateNode(start, name, null);
        }

        _next = mark;
        return Pipeline(Context, TokenKind.RightDelimiter) is { } pipe ? new TemplateNode(start, name, pipe) : null;
    }
}
