namespace Hoop.GoTemplates;

/// <summary>The values of commands and operands.</summary>
internal sealed partial class Evaluator
{
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
}
