using System.Text;

namespace Hoop.GoTemplates;

/// <summary>Pipelines and their operands.</summary>
internal sealed partial class Parser
{
    /// <summary>Declarations, then commands joined by <c>|</c>, up to and with <paramref name="end"/>.</summary>
    private PipeNode? Pipeline(string context, TokenKind end)
    {
        var start = PeekNonSpace().Offset;
        var variables = new List<string>();
        if (!Declarations(context, variables, out var assigns))
        {
            return null;
        }

        var commands = new List<CommandNode>();
        while (true)
        {
            var mark = _next;
            var token = NextNonSpace();
            if (token.Kind == end)
            {
                break;
            }

            if (!StartsOperand(token.Kind))
            {
                return Unexpected<PipeNode>(token, context);
            }

            _next = mark;
            if (Command() is not { } command)
            {
                return null;
            }

            commands.Add(command);
        }

        if (commands.Count == 0)
        {
            return Fail<PipeNode>($"missing value for {context}");
        }

        for (var i = 1; i < commands.Count; i++)
        {
            if (commands[i].Arguments[0] is ConstantNode or DotNode or NilNode)
            {
                return Fail<PipeNode>($"non executable command in pipeline stage {i + 1}");
            }
        }

        return new PipeNode(start, assigns, variables, commands);
    }

    private static bool StartsOperand(TokenKind kind) => kind
        is TokenKind.Bool or TokenKind.Character or TokenKind.Number or TokenKind.QuotedString or TokenKind.RawString
        or TokenKind.Identifier or TokenKind.Field or TokenKind.Variable or TokenKind.Dot or TokenKind.Nil or TokenKind.LeftParenthesis;

    /// <summary>
    /// <c>$x :=</c>, <c>$x =</c>, and in a range <c>$x, $y :=</c>. A variable that is not followed so is an operand and left alone.
    /// </summary>
    private bool Declarations(string context, List<string> variables, out bool assigns)
    {
        assigns = false;
        while (PeekNonSpace().Kind == TokenKind.Variable)
        {
            var mark = _next;
            var variable = NextNonSpace();
            var following = PeekNonSpace();
            if (following.Kind is not (TokenKind.Assign or TokenKind.Declare) && !following.IsPunctuation((byte)','))
            {
                _next = mark;
                return true;
            }

            NextNonSpace();
            variables.Add(variable.Word);
            _variables.Add(variable.Word);
            if (following.Kind is TokenKind.Assign or TokenKind.Declare)
            {
                assigns = following.Kind == TokenKind.Assign;
                return true;
            }

            if (context != "range" || variables.Count == 2)
            {
                return Refuse($"too many declarations in {context}");
            }

            if (PeekNonSpace().Kind is not (TokenKind.Variable or TokenKind.RightDelimiter or TokenKind.RightParenthesis))
            {
                return Refuse("range can only initialize variables");
            }
        }

        return true;
    }

    /// <summary>Operands separated by space. A <c>|</c> at the end is consumed, a right delimiter or parenthesis is not.</summary>
    private CommandNode? Command()
    {
        var start = PeekNonSpace().Offset;
        var arguments = new List<Node>();
        while (true)
        {
            PeekNonSpace();
            if (Operand(out var operand))
            {
                arguments.Add(operand!);
            }
            else if (_error is not null)
            {
                return null;
            }

            var mark = _next;
            var token = Next();
            if (token.Kind == TokenKind.Space)
            {
                continue;
            }

            if (token.Kind is TokenKind.RightDelimiter or TokenKind.RightParenthesis)
            {
                _next = mark;
            }
            else if (token.Kind != TokenKind.Pipe)
            {
                return Unexpected<CommandNode>(token, "operand");
            }

            break;
        }

        return arguments.Count > 0 ? new CommandNode(start, arguments) : Fail<CommandNode>("empty command");
    }

    /// <summary>A term and the fields behind it. False without an error when no operand begins here.</summary>
    private bool Operand(out Node? operand)
    {
        operand = Term();
        if (operand is null || Peek().Kind != TokenKind.Field)
        {
            return operand is not null;
        }

        var start = Peek().Offset;
        var fields = new List<string>();
        while (Peek().Kind == TokenKind.Field)
        {
            fields.Add(Next().Word[1..]);
        }

        operand = operand switch
        {
            FieldNode field => field with { Fields = [.. field.Fields, .. fields] },
            VariableNode variable => variable with { Fields = [.. variable.Fields, .. fields] },
            ConstantNode constant => Fail<Node>($"unexpected . after term {Quoting.Quoted(Encoding.UTF8.GetBytes(constant.Source))}"),
            DotNode => Fail<Node>("unexpected . after term \".\""),
            NilNode => Fail<Node>("unexpected . after term \"nil\""),
            _ => new ChainNode(start, operand, fields),
        };
        return operand is not null;
    }

    /// <summary>Null, with no token consumed, when none begins here; null with an error when one is wrong.</summary>
    private Node? Term()
    {
        var mark = _next;
        var token = NextNonSpace();
        switch (token.Kind)
        {
            case TokenKind.Identifier:
                return Function(token);
            case TokenKind.Dot:
                return new DotNode(token.Offset);
            case TokenKind.Nil:
                return new NilNode(token.Offset);
            case TokenKind.Variable:
                return _variables.Contains(token.Word)
                    ? new VariableNode(token.Offset, token.Word, [])
                    : Fail<Node>($"undefined variable {Quoting.Quoted(token.Text.Span)}");
            case TokenKind.Field:
                return new FieldNode(token.Offset, [token.Word[1..]]);
            case TokenKind.Bool:
                return new ConstantNode(token.Offset, token.Word, new BoolValue(token.Word == "true"));
            case TokenKind.Character:
                return Literals.Character(token.Text.Span) is { } character
                    ? new ConstantNode(token.Offset, token.Word, new IntValue(character))
                    : Fail<Node>($"malformed character constant: {token.Word}");
            case TokenKind.Number:
                return Number(token);
            case TokenKind.LeftParenthesis:
                return Nested(() => Pipeline("parenthesized pipeline", TokenKind.RightParenthesis));
            case TokenKind.QuotedString or TokenKind.RawString:
                return Literals.Text(token.Text.Span) is { } text
                    ? new ConstantNode(token.Offset, token.Word, new TextValue(text))
                    : Fail<Node>($"invalid string constant: {token.Word}");
        }

        _next = mark;
        return null;
    }

    private Node? Function(Token name)
    {
        if (name.Word == "call")
        {
            return Fail<Node>("function \"call\" cannot be used: the template's data has no functions");
        }

        return Builtins.ByName.TryGetValue(name.Word, out var builtin)
            ? new FunctionNode(name.Offset, builtin)
            : Fail<Node>($"function {Quoting.Quoted(name.Text.Span)} not defined");
    }

    /// <summary>Whole unless it has a point or an exponent, as Go reads an untyped constant.</summary>
    private Node? Number(Token token)
    {
        var word = token.Word;
        var hexadecimal = word.TrimStart('+', '-').StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (word.EndsWith('i'))
        {
            return Fail<Node>("complex numbers are not supported");
        }

        if (hexadecimal && word.AsSpan().ContainsAny(".pP"))
        {
            return Fail<Node>("hexadecimal floating-point numbers are not supported");
        }

        if (Literals.Integer(word, out var tooLarge) is { } whole)
        {
            return new ConstantNode(token.Offset, word, new IntValue(whole));
        }

        if (tooLarge)
        {
            return new ConstantNode(token.Offset, word, null);
        }

        if (hexadecimal || Literals.Float(word) is not { } number)
        {
            return Fail<Node>($"illegal number syntax: {Quoting.Quoted(token.Text.Span)}");
        }

        return word.AsSpan().ContainsAny(".eE")
            ? new ConstantNode(token.Offset, word, new FloatValue(number))
            : Fail<Node>($"integer overflow: {Quoting.Quoted(token.Text.Span)}");
    }

    /// <summary>The name of a template, decoded byte for byte because Go lets it be any bytes.</summary>
    private string? TemplateName(string context)
    {
        var token = NextNonSpace();
        if (token.Kind is not (TokenKind.QuotedString or TokenKind.RawString))
        {
            return Unexpected<string>(token, context);
        }

        return Literals.Text(token.Text.Span) is { } name
            ? Encoding.Latin1.GetString(name)
            : Fail<string>($"invalid string constant: {token.Word}");
    }

    public static string QuoteName(string name) => Quoting.Quoted(Encoding.Latin1.GetBytes(name));

    private T? Nested<T>(Func<T?> parse)
        where T : Node
    {
        if (_nesting == TemplateLimits.Nesting)
        {
            return Fail<T>($"blocks and parentheses are nested deeper than {TemplateLimits.Nesting}");
        }

        _nesting++;
        var node = parse();
        _nesting--;
        return node;
    }
}
