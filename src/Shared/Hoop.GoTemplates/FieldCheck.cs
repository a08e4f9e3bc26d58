namespace Hoop.GoTemplates;

/// <summary>
/// Finds, when a template is written, what Go finds only when it runs into it: a field that the data does not have, and a call of a
/// template that is not there. Follows the dot from the main template into every call; where it cannot know, it says nothing.
/// </summary>
internal sealed class FieldCheck
{
    private readonly TemplateSet _set;
    private readonly Queue<(string Name, Shape Dot)> _pending = new();
    private readonly HashSet<(string Name, Shape Dot)> _seen = [];
    private Shape _root;
    private bool _rootChanges;
    private TemplateError? _error;

    private FieldCheck(TemplateSet set) => _set = set;

    /// <summary>What is known of a value before rendering.</summary>
    private enum Shape
    {
        Unknown,
        Data,
        Text,
    }

    public static TemplateError? Check(TemplateSet set)
    {
        var check = new FieldCheck(set);
        check._rootChanges = set.Templates.Values.Any(check.ChangesRoot);
        check.Visit(set.Fields.TemplateName, Shape.Data);
        check.Drain();
        foreach (var name in set.Templates.Keys.Where(name => !check._seen.Any(seen => seen.Name == name)))
        {
            check.Visit(name, Shape.Unknown);
        }

        check.Drain();
        return check._error;
    }

    private void Visit(string name, Shape dot)
    {
        if (_seen.Add((name, dot)))
        {
            _pending.Enqueue((name, dot));
        }
    }

    private void Drain()
    {
        while (_error is null && _pending.TryDequeue(out var next))
        {
            _root = _rootChanges ? Shape.Unknown : next.Dot;
            Walk(next.Dot, _set.Templates[next.Name]);
        }
    }

    private void Walk(Shape dot, ListNode? list)
    {
        foreach (var node in list?.Nodes ?? [])
        {
            switch (node)
            {
                case ActionNode action:
                    Pipe(dot, action.Pipe);
                    break;
                case BranchNode branch:
                    var shape = Pipe(dot, branch.Pipe);
                    Walk(branch.Kind switch { BranchKind.If => dot, BranchKind.With => shape, _ => Shape.Unknown }, branch.Body);
                    Walk(dot, branch.Else);
                    break;
                case TemplateNode call:
                    var argument = call.Pipe is null ? Shape.Unknown : Pipe(dot, call.Pipe);
                    if (_set.Templates.ContainsKey(call.Name))
                    {
                        Visit(call.Name, argument);
                    }
                    else
                    {
                        Refuse(call, $"template {Parser.QuoteName(call.Name)} not defined");
                    }

                    break;
            }
        }
    }

    private Shape Pipe(Shape dot, PipeNode pipe)
    {
        var shape = Shape.Unknown;
        foreach (var argument in pipe.Commands.SelectMany(command => command.Arguments))
        {
            shape = Operand(dot, argument);
        }

        return pipe.Commands is [{ Arguments.Count: 1 }] ? shape : Shape.Unknown;
    }

    private Shape Operand(Shape dot, Node node) => node switch
    {
        DotNode => dot,
        FieldNode field => Fields(field, dot, field.Fields),
        VariableNode variable => Fields(variable, variable.Name == "$" ? _root : Shape.Unknown, variable.Fields),
        ChainNode chain => Fields(chain, Operand(dot, chain.Of), chain.Fields),
        PipeNode pipe => Pipe(dot, pipe),
        ConstantNode { Value: TextValue } => Shape.Text,
        _ => Shape.Unknown,
    };

    private Shape Fields(Node node, Shape receiver, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (receiver == Shape.Text)
            {
                Refuse(node, $"can't evaluate field {name} in type string");
            }
            else if (receiver == Shape.Data && _set.Fields.IndexOf(name) < 0)
            {
                Refuse(node, $"can't evaluate field {name}: {_set.Fields.Listed()}");
            }

            receiver = receiver == Shape.Data ? Shape.Text : Shape.Unknown;
        }

        return receiver;
    }

    /// <summary>Go lets a template declare or assign <c>$</c> itself; nothing is known of it then.</summary>
    private bool ChangesRoot(Node node) => node switch
    {
        ListNode list => list.Nodes.Any(ChangesRoot),
        ActionNode action => ChangesRoot(action.Pipe),
        BranchNode branch => ChangesRoot(branch.Pipe) || ChangesRoot(branch.Body) || (branch.Else is not null && ChangesRoot(branch.Else)),
        TemplateNode { Pipe: not null } call => ChangesRoot(call.Pipe),
        ChainNode chain => ChangesRoot(chain.Of),
        PipeNode pipe => pipe.Variables.Contains("$") || pipe.Commands.Any(command => command.Arguments.Any(ChangesRoot)),
        _ => false,
    };

    private void Refuse(Node node, string message) => _error ??= TemplateError.At(_set.Source.Span, node.Offset, message);
}
