using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Hoop.Cli.CommandLine;

/// <summary>The usual help, then the command's examples.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private const int Width = 110;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult) => Show(parseResult.CommandResult.Command, parseResult);

    public static int Show(Command command, ParseResult parse)
    {
        new HelpAction { MaxWidth = Width }.Invoke(parse);
        if (command is Verb { Examples: { Length: > 0 } examples })
        {
            var output = parse.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var line in examples.Split('\n'))
            {
                output.WriteLine("  " + line);
            }

            output.WriteLine();
        }

        return 0;
    }
}

/// <summary><c>hoop --version</c> says what <c>hoop version</c> does.</summary>
internal sealed class ShowVersion : SynchronousCommandLineAction
{
    public override int Invoke(ParseResult parseResult)
    {
        parseResult.InvocationConfiguration.Output.WriteLine($"hoop {HoopCommand.Version}");
        return 0;
    }
}
