namespace Hoop.GoTemplates;

/// <summary>
/// One rendering. Everything that changes lives here and is thrown away after it; the template itself is only read.
/// A method that answers null or false has recorded the failure; its callers pass it on.
/// Commands and their operands are in the other half of this class.
/// </summary>
internal sealed partial class Evaluator
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
    /// Go 1.19 ranges over arrays, slices, maps and channels. Nothing that a template can reach from strings is one of them,
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
