using System.CommandLine;
using System.CommandLine.Invocation;
using Hoop.Cli.Output;

namespace Hoop.Cli.CommandLine;

/// <summary>What <c>--help</c> prints: purpose, usage, arguments, options, commands, examples, as wide as the terminal.</summary>
internal sealed class Help : SynchronousCommandLineAction
{
    private const int Indent = 2;
    private const int WidestFirstColumn = 32;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        Write(parseResult.CommandResult.Command, parseResult.InvocationConfiguration.Output);
        return 0;
    }

    /// <summary>Instead of a command that was not named: git and kubectl complain then, too, and a script must not go on.</summary>
    public static int Complain(Command command, ParseResult parse)
    {
        var error = parse.InvocationConfiguration.Error;
        error.WriteLine($"error: {command.Spelled()} needs a command");
        error.WriteLine();
        Write(command, error);
        return 1;
    }

    /// <summary><c>hoop admin get agents [NAME] [options]</c>.</summary>
    public static string Usage(Command command)
    {
        var arguments = command.Arguments.Where(argument => argument is not ProgramArgument)
            .Select(argument => argument.Arity.MaximumNumberOfValues > 1 ? $"[{argument.Name}...]"
                : argument.Arity.MinimumNumberOfValues > 0 ? argument.Name : $"[{argument.Name}]");
        var program = command.Arguments.OfType<ProgramArgument>().Select(argument => $"-- {argument.Name}...");
        return string.Join(' ', [command.Spelled(), .. command.Subcommands.Count > 0 ? ["COMMAND"] : arguments, "[options]", .. program]);
    }

    private static void Write(Command command, TextWriter output)
    {
        foreach (var line in Terminal.Wrap(command.Description ?? "", Terminal.Width))
        {
            output.WriteLine(line);
        }

        output.WriteLine();
        Section(output, "Usage", [Usage(command)]);
        Columns(output, "Arguments", command.Arguments.Select(argument => (argument.Name, argument.Description ?? "")));
        Columns(
            output,
            "Commands",
            command.Subcommands.Where(subcommand => !subcommand.Hidden)
                .Select(subcommand => (Names(subcommand), subcommand.Description ?? "")));
        Columns(output, "Options", Options(command).Select(option => (Names(option), Described(option, command))));
        if (command is Verb { Examples: { Length: > 0 } examples })
        {
            Section(output, "Examples", examples.Split('\n'));
        }

        foreach (var (title, rows) in command is Verb verb ? verb.Notes : RootNotes(command))
        {
            Columns(output, title, rows);
        }
    }

    private static IReadOnlyList<(string Title, IEnumerable<(string, string)> Rows)> RootNotes(Command command) =>
        command is not RootCommand ? [] :
    [
        ("Environment",
        [
            ("HOOP_APIURL", "address of the gateway; wins over the configuration file"),
            ("HOOP_TOKEN", "the token; wins over the configuration file"),
            ("HOOP_CONTEXT", "the context that counts; --context wins over it"),
            ("HOOP_TLSCA", "the only authorities to trust: PEM, base64://... or file://..."),
            ("HOOP_TLS_SKIP_VERIFY", "true: do not verify the gateway's certificate"),
            ("HOOP_KEY, HOOP_SPIFFE_KEY_FILE", "hoop start agent: its key, or the file with its JWT-SVID"),
        ]),
        ("Exit codes", [("0", "done"), ("1", "anything else: a mistake on the command line, a refusal, a failed test, no answer; exec, connect and apply have more")]),
        ("More", [("docs/cli.md", "the guide, in the folder of the source"), ("/docs", "of the gateway's address: the API")]),
    ];

    private static IEnumerable<Option> Options(Command command) =>
        command.Path().SelectMany(step => step.Options.Where(option => step == command || option.Recursive))
            .Where(option => !option.Hidden);

    private static string Names(Command command) => string.Join(", ", command.Aliases.Take(1).Prepend(command.Name));

    private static string Names(Option option)
    {
        var names = string.Join(", ", option.Aliases.Append(option.Name).OrderBy(name => name.Length));
        return option.Arity.MaximumNumberOfValues == 0 ? names : $"{names} {option.HelpName}";
    }

    private static string Described(Option option, Command command)
    {
        if (option == Call.Output && command is Verb { Subcommands.Count: 0 } leaf)
        {
            return Formats.Described(leaf.Outputs);
        }

        var standard = option.HasDefaultValue && option.Arity.MaximumNumberOfValues > 0 ? $" (default: {option.GetDefaultValue()})" : "";
        return $"{option.Description}{(option.Required ? " (required)" : "")}{standard}";
    }

    private static void Section(TextWriter output, string title, IEnumerable<string> lines)
    {
        output.WriteLine(title + ":");
        foreach (var line in lines)
        {
            output.WriteLine(new string(' ', Indent) + line);
        }

        output.WriteLine();
    }

    private static void Columns(TextWriter output, string title, IEnumerable<(string First, string Second)> rows)
    {
        var all = rows.ToArray();
        if (all.Length == 0)
        {
            return;
        }

        var first = Math.Min(WidestFirstColumn, all.Max(row => row.First.Length));
        Section(output, title, all.SelectMany(row => Row(row.First, row.Second, first)));
    }

    private static IEnumerable<string> Row(string name, string text, int first)
    {
        const int Gap = 2;
        var wrapped = Terminal.Wrap(text, Math.Max(20, Terminal.Width - Indent - first - Gap)).ToArray();
        var rest = new string(' ', first + Gap);
        if (name.Length > first)
        {
            return wrapped.Select(line => rest + line).Prepend(name);
        }

        return wrapped.Select((line, index) => index == 0 ? (name.PadRight(first + Gap) + line).TrimEnd() : rest + line);
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
