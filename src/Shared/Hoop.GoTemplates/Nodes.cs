namespace Hoop.GoTemplates;

/// <summary>A piece of the parsed template. Nodes never change once made.</summary>
/// <param name="Offset">Where it begins in the source, in bytes.</param>
internal abstract record Node(int Offset);

internal sealed record ListNode(int Offset, IReadOnlyList<Node> Nodes) : Node(Offset);

internal sealed record TextNode(int Offset, ReadOnlyMemory<byte> Text) : Node(Offset);

internal sealed record ActionNode(int Offset, PipeNode Pipe) : Node(Offset);

/// <summary><c>if</c>, <c>with</c> or <c>range</c>.</summary>
internal sealed record BranchNode(int Offset, BranchKind Kind, PipeNode Pipe, ListNode Body, ListNode? Else) : Node(Offset);

/// <summary>A call of a named template, by <c>template</c> or <c>block</c>. Without a pipeline the callee's dot is no value.</summary>
internal sealed record TemplateNode(int Offset, string Name, PipeNode? Pipe) : Node(Offset);

/// <summary><c>break</c> or <c>continue</c>.</summary>
internal sealed record LoopNode(int Offset) : Node(Offset);

/// <summary>Commands joined by <c>|</c>, optionally kept in variables.</summary>
internal sealed record PipeNode(
    int Offset, bool Assigns, IReadOnlyList<string> Variables, IReadOnlyList<CommandNode> Commands) : Node(Offset);

/// <summary>A function, field or constant and what it is given.</summary>
internal sealed record CommandNode(int Offset, IReadOnlyList<Node> Arguments) : Node(Offset);

internal sealed record FunctionNode(int Offset, Builtin Builtin) : Node(Offset);

internal sealed record FieldNode(int Offset, IReadOnlyList<string> Fields) : Node(Offset);

/// <param name="Name">With its dollar sign.</param>
internal sealed record VariableNode(int Offset, string Name, IReadOnlyList<string> Fields) : Node(Offset);

/// <summary>Fields of the value of a parenthesised pipeline or of a function without arguments.</summary>
internal sealed record ChainNode(int Offset, Node Of, IReadOnlyList<string> Fields) : Node(Offset);

internal sealed record DotNode(int Offset) : Node(Offset);

internal sealed record NilNode(int Offset) : Node(Offset);

/// <param name="Source">As written, for error messages.</param>
/// <param name="Value">Null for a whole number that fits 64 bits only without a sign: Go accepts it in the source and fails where it is
/// used.</param>
internal sealed record ConstantNode(int Offset, string Source, Value? Value) : Node(Offset);

/// <summary>Ends a list of nodes; exists only inside the parser.</summary>
internal sealed record EndNode(int Offset) : Node(Offset);

/// <summary>Ends the first of two lists of nodes; exists only inside the parser.</summary>
internal sealed record ElseNode(int Offset) : Node(Offset);

internal enum BranchKind
{
    If,
    With,
    Range,
}

/// <summary>Every named template of one source, the main one under the name that its fields give it.</summary>
internal sealed record TemplateSet(ReadOnlyMemory<byte> Source, TemplateFields Fields, IReadOnlyDictionary<string, ListNode> Templates)
{
    public ListNode Main => Templates[Fields.TemplateName];
}
