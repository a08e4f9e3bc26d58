namespace Hoop.Spiffe.Templates;

/// <summary>
/// One rendering. Everything that changes lives here and is thrown away after it; the template itself is only read.
/// A method that answers null or false has recorded the failure; its callers pass it on.
/// </summary>
internal sealed class Evaluator
{
    private readonly TemplateSet _set;
    private readonly Budget _budget;
    private readonly BoundedBuffer _output = new(TemplateLimits.TextBytes);
    private readonly List<(string Name, Value Value)> _variables = [];
    private int _frame;
    private int _depth;
    private string? _failure;

    private Evaluator(TemplateSet set, TimeProvider clock)
    {
        _set = set;
        _budget = new Budget(clock);
    }

    public static byte[]? Render(TemplateSet set, DataValue data, TimeProvider clock, out string? failure)
    {
        var evaluator = new Evaluator(set, clock);
        evaluator._variables.Add(("$", data));
        var rendered = evaluator.Walk(data, set.Main);
        failure = evaluator._failure;
        return rendered ? evaluator._output.Written.ToArray() : null;
    }

    private bool Walk(Value dot, ListNode list)
    {
        foreach (var node in list.Nodes)
        {
            if (!Spend(node, 1) || !Walk(dot, node))
            {
                return false;
            }
        }

        return true;
    }

    private bool Walk(Value dot, Node node)
    {
        switch (node)
        {
            case TextNode text:
                _output.Append(text.Text.Span);
                return FitsOutput(text);
            case ActionNode action:
                return Pipe(dot, action.Pipe) is { } value && (action.Pipe.Variables.Count > 0 || Print(action, value));
            case BranchNode branch:
                var mark = _variables.Count;
                var walked = Deeper(branch, () => Branch(dot, branch));
                _variables.RemoveRange(mark, _variables.Count - mark);
                return walked;
            case TemplateNode call:
                return Deeper(call, () => Call(dot, call));
            default:
                throw new InvalidOperationException($"A {node.GetType().Name} cannot be rendered.");
        }
    }

    /// <summary>
    /// Go 1.19 ranges over arrays, slices, maps and channels. Nothing that a template can reach from two strings is one of them,
    /// so the body of a range never runs: no value takes the else part, any other value is an error.
    /// </summary>
    private bool Branch(Value dot, BranchNode branch)
    {
        if (Pipe(dot, branch.Pipe) is not { } value)
        {
            return false;
        }

        if (branch.Kind == BranchKind.Range && value is not NoValue)
        {
            return Refuse(branch, $"range can't iterate over a value of type {value.TypeName}");
        }

        if (value.Truth)
        {
            return Walk(branch.Kind == BranchKind.With ? value : dot, branch.Body);
        }

        return branch.Else is null || Walk(dot, branch.Else);
    }

    /// <summary>The called template sees its own dot and <c>$</c>, and no variable of the caller.</summary>
    private bool Call(Value dot, TemplateNode call)
    {
        Value? argument = NoValue.Instance;
        if (call.Pipe is not null)
        {
            argument = Pipe(dot, call.Pipe);
        }

        if (argument is null)
        {
            return false;
        }

        var (frame, mark) = (_frame, _variables.Count);
        _frame = mark;
        _variables.Add(("$", argument));
        var walked = Walk(argument, _set.Templates[call.Name]);
        _variables.RemoveRange(mark, _variables.Count - mark);
        _frame = frame;
        return walked;
    }

    private bool Print(ActionNode action, Value value)
    {
        var before = _output.Length;
        if (value is NoValue)
        {
            _output.AppendAscii("<no value>");
        }
        else
        {
            new Printer(_output).Print([value]);
        }

        return FitsOutput(action) && Spend(action, (_output.Length - before) / Budget.BytesPerStep);
    }

    /// <summary>A pipeline's value, kept in its variables when it declares or assigns some.</summary>
    private Value? Pipe(Value dot, PipeNode pipe)
    {
        Value? value = null;
        foreach (var command in pipe.Commands)
        {
            value = Command(dot, command, value);
            if (value is null)
            {
                return null;
            }
        }

        foreach (var name in pipe.Variables)
        {
            if (!pipe.Assigns)
            {
                _variables.Add((name, value!));
                continue;
            }

            var slot = Slot(name);
            if (slot < 0)
            {
                return Fail<Value>(pipe, $"undefined variable: {name}");
            }

            _variables[slot] = (name, value!);
        }

        return value;
    }

    /// <param name="piped">The value of the command before, which becomes the last argument; null for the first command.</param>
    private Value? Command(Value dot, CommandNode command, Value? piped)
    {
        var first = command.Arguments[0];
        var hasArguments = command.Arguments.Count > 1 || piped is not null;
        if (first is FunctionNode function)
        {
            return Invoke(dot, function, command.Arguments, piped);
        }

        return first switch
        {
            NilNode => Fail<Value>(first, "nil is not a command"),
            FieldNode or ChainNode or VariableNode { Fields.Count: > 0 } => Operand(dot, first, hasArguments),
            _ when hasArguments => Fail<Value>(first, "can't give argument to non-function"),
            _ => Operand(dot, first, hasArguments: false),
        };
    }

    /// <summary>The value of anything that can be an argument.</summary>
    private Value? Operand(Value dot, Node node, bool hasArguments)
    {
        if (!Spend(node, 1))
        {
            return null;
        }

        return node switch
        {
            DotNode => dot,
            NilNode => NoValue.Instance,
            ConstantNode constant => constant.Value ?? Fail<Value>(node, $"{constant.Source} overflows int"),
            FieldNode field => Fields(field, dot, field.Fields, hasArguments),
            VariableNode variable => Variable(variable, hasArguments),
            ChainNode chain => Operand(dot, chain.Of, hasArguments: false) is { } of ? Fields(chain, of, chain.Fields, hasArguments) : null,
            PipeNode pipe => Deeper(pipe, () => Pipe(dot, pipe)),
            FunctionNode function => Invoke(dot, function, [function], piped: null),
            _ => throw new InvalidOperationException($"A {node.GetType().Name} has no value."),
        };
    }

    private Value? Variable(VariableNode variable, bool hasArguments)
    {
        var slot = Slot(variable.Name);
        return slot < 0
            ? Fail<Value>(variable, $"undefined variable: {variable.Name}")
            : Fields(variable, _variables[slot].Value, variable.Fields, hasArguments);
    }

    /// <summary>Walks <c>.A.B</c>. Any field of no value is no value; a string has no fields; a field takes no arguments.</summary>
    private Value? Fields(Node node, Value receiver, IReadOnlyList<string> names, bool hasArguments)
    {
        var value = receiver;
        for (var i = 0; i < names.Count; i++)
        {
            if (value is NoValue)
            {
                continue;
            }

            if ((value as DataValue)?.Field(names[i]) is not { } field)
            {
                return Fail<Value>(node, $"can't evaluate field {names[i]} in type {value.TypeName}");
            }

            if (hasArguments && i == names.Count - 1)
            {
                return Fail<Value>(node, $"{names[i]} has arguments but cannot be invoked as function");
            }

            value = field;
        }

        return value;
    }

    /// <param name="words">The function itself and its arguments.</param>
    private Value? Invoke(Value dot, FunctionNode node, IReadOnlyList<Node> words, Value? piped)
    {
        var builtin = node.Builtin;
        var count = words.Count - 1 + (piped is null ? 0 : 1);
        if (!builtin.Accepts(count))
        {
            return Fail<Value>(node, $"wrong number of args for {builtin.Name}: want {builtin.Wants} got {count}");
        }

        var arguments = new List<Value>(count);
        for (var i = 1; i < words.Count; i++)
        {
            if (Operand(dot, words[i], hasArguments: false) is not { } argument)
            {
                return null;
            }

            if (builtin.StopsAt is { } truth && argument.Truth == truth)
            {
                return argument;
            }

            arguments.Add(argument);
        }

        if (piped is not null)
        {
            arguments.Add(piped);
        }

        var result = builtin.Apply([.. arguments], out var work);
        return Spend(node, TemplateLimits.StepsPerCall + (work / Budget.BytesPerStep))
            ? result.Value ?? Fail<Value>(node, $"error calling {builtin.Name}: {result.Failure}")
            : null;
    }

    private int Slot(string name)
    {
        for (var i = _variables.Count - 1; i >= _frame; i--)
        {
            if (_variables[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    private T? Deeper<T>(Node node, Func<T?> evaluate)
    {
        if (_depth == TemplateLimits.CallDepth)
        {
            Fail<Value>(node, $"templates and blocks call each other deeper than {TemplateLimits.CallDepth}");
            return default;
        }

        _depth++;
        var result = evaluate();
        _depth--;
        return result;
    }

    private bool Spend(Node node, int steps) => _budget.Spend(steps) || Refuse(node, _budget.Exhausted);

    private bool FitsOutput(Node node) =>
        !_output.Overflowed || Refuse(node, $"the output is longer than {TemplateLimits.TextBytes} bytes");

    private T? Fail<T>(Node node, string message)
        where T : class
    {
        _failure ??= TemplateError.At(_set.Source.Span, node.Offset, message).ToString();
        return null;
    }

    private bool Refuse(Node node, string message) => Fail<Value>(node, message) is not null;
}
