using System.CommandLine;

namespace Hoop.Cli.CommandLine;

/// <summary>
/// The words of a command line, looked at before the parser sees them: it would take a mistyped option for a name, or for the value of
/// another option. A word that begins with a dash is an option or a mistake, until <c>--</c>.
/// </summary>
internal sealed class Words
{
    private readonly List<string> _arguments = [];

    private Words(Command command) => Command = command;

    /// <summary>What the parser gets: <c>help X</c> as <c>X --help</c>, <c>agent/web</c> as <c>agent web</c>.</summary>
    public IReadOnlyList<string> Arguments => _arguments;

    /// <summary>The command that the words lead to.</summary>
    public Command Command { get; private set; }

    /// <summary>The first mistake, as a sentence; null when there is none.</summary>
    public string? Problem { get; private set; }

    public static Words Read(Command root, IReadOnlyList<string> arguments)
    {
        var words = new Words(root);
        var help = arguments is ["help", ..];
        words.Walk(help ? [.. arguments.Skip(1)] : arguments);
        if (help)
        {
            words._arguments.Add("--help");
        }

        return words;
    }

    private void Walk(IReadOnlyList<string> arguments)
    {
        var names = 0;
        for (var index = 0; index < arguments.Count && Problem is null; index++)
        {
            var word = arguments[index];
            if (word == "--")
            {
                Problem = Command.Subcommands.Count > 0 ? "-- stands after the command, before what must not be taken for an option"
                    : names == 0 && Command.Arguments is [NameArgument name, ProgramArgument] ? $"missing {name.What} before --"
                    : null;
                _arguments.AddRange(arguments.Skip(index));
                return;
            }

            if (word is ['-', _, ..])
            {
                _arguments.Add(word);
                if (TakesNext(word))
                {
                    Problem = index + 1 < arguments.Count ? ValueProblem(word, arguments[index + 1]) : $"{word} needs a value";
                    _arguments.AddRange(arguments.Skip(++index).Take(1));
                }
            }
            else if (names == 0 && Subcommand(Command, word) is { } next)
            {
                Command = next;
                _arguments.Add(word);
            }
            else if (Command.Subcommands.Count > 0)
            {
                if (!Split(word))
                {
                    _arguments.AddRange(arguments.Skip(index));
                    return;
                }

                names++;
            }
            else
            {
                Problem = NameProblem(word, names++);
                _arguments.Add(word);
            }
        }
    }

    /// <summary><c>agent/web</c>: a kind of resource and a name.</summary>
    private bool Split(string word)
    {
        var slash = word.IndexOf('/', StringComparison.Ordinal);
        if (slash < 1 || slash == word.Length - 1 || Subcommand(Command, word[..slash]) is not { Arguments.Count: > 0 } kind)
        {
            return false;
        }

        Command = kind;
        _arguments.AddRange([word[..slash], word[(slash + 1)..]]);
        Problem = NameProblem(word[(slash + 1)..], 0);
        return true;
    }

    private string? NameProblem(string word, int position)
    {
        if (word == "-")
        {
            return "- is not a name";
        }

        return position >= Command.Arguments.Count(argument => argument is not ProgramArgument)
            && Command.Arguments.OfType<ProgramArgument>().Any()
            ? $"{word}: {ProgramArgument.Rule}"
            : null;
    }

    private static string? ValueProblem(string option, string value) => value switch
    {
        "--" => $"{option} needs a value",
        ['-', _, ..] => $"{option} needs a value, and {value} looks like an option; if it is the value, write {option}={value}",
        _ => null,
    };

    /// <summary>Notes a mistake in an option; true when the next word is its value.</summary>
    private bool TakesNext(string word)
    {
        if (Known(word) is { } exact)
        {
            return exact.Arity.MaximumNumberOfValues > 0;
        }

        if (word.AsSpan().IndexOfAny('=', ':') is > 0 and var sign && Known(word[..sign]) is { } assigned)
        {
            Problem = assigned.Arity.MaximumNumberOfValues == 0 ? $"{word[..sign]} takes no value" : null;
            return false;
        }

        // -ojson is -o json; but -output is a mistyped --output.
        if (word[1] != '-' && Known("-" + word) is null && Known(word[..2]) is { Arity.MaximumNumberOfValues: > 0 })
        {
            return false;
        }

        Problem = OtherTools.HintOnOption(Command, word) is { } hint ? $"unknown option {word}; {hint}"
            : Nearest.To(word, Options.SelectMany(Spellings)) is { } meant ? $"unknown option {word}; did you mean {meant}?"
            : $"unknown option {word}; there are {string.Join(", ", Options.Select(option => option.Name))}";
        return false;
    }

    private Option? Known(string word) => Options.FirstOrDefault(option => Spellings(option).Contains(word));

    private IEnumerable<Option> Options =>
        Command.Path().SelectMany(command => command.Options.Where(option => command == Command || option.Recursive))
            .Where(option => !option.Hidden);

    private static IEnumerable<string> Spellings(Option option) => option.Aliases.Prepend(option.Name);

    private static Command? Subcommand(Command parent, string name) =>
        parent.Subcommands.FirstOrDefault(command => command.Name == name || command.Aliases.Contains(name));
}
