using System.CommandLine;

namespace Hoop.Cli.CommandLine;

/// <summary>A program with its arguments, which stand after <c>--</c> and nowhere else: its options would be taken for ours.</summary>
internal sealed class ProgramArgument : Argument<string[]>
{
    public const string Rule = "the command of the connection, and whatever belongs to it, stands after --";

    public ProgramArgument(string description)
        : base("COMMAND")
    {
        Description = description;
        Arity = ArgumentArity.ZeroOrMore;
    }
}
