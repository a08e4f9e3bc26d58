using System.CommandLine;
using Hoop.Cli.Output;

namespace Hoop.Cli.CommandLine;

/// <summary>A command line that makes no sense: what is wrong, the nearest thing that does, and where the help is.</summary>
internal static class UsageErrors
{
    public static int Report(ParseResult parse, TextWriter error)
    {
        var command = parse.CommandResult.Command;
        error.WriteLine(Printable.Line($"error: {Problem(parse)}"));
        error.WriteLine(Printable.Line($"usage: {Usage(command)}"));
        error.WriteLine($"help:  {Path(command)} --help");
        return 1;
    }

    private static string Problem(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        if (parse.UnmatchedTokens is [var unknown, ..])
        {
            var isOption = unknown.StartsWith('-');
            var kind = isOption ? "option" : command.Subcommands.Count > 0 ? "command" : "argument";
            var known = isOption ? Options(command) : command.Subcommands.Where(subcommand => !subcommand.Hidden).SelectMany(subcommand => subcommand.Aliases.Prepend(subcommand.Name));
            return Nearest(unknown, known) is { } meant ? $"unknown {kind} {unknown}; did you mean {meant}?" : $"unknown {kind} {unknown}";
        }

        // The parser's own words name symbols, not what the user should type.
        if (command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && parse.GetResult(argument) is null or { Tokens.Count: 0 }) is { } absent)
        {
            return $"missing {(absent is NameArgument name ? name.What : absent.Name)}";
        }

        var required = command.Options.Where(option => option.Required && parse.GetResult(option) is null or { Tokens.Count: 0 }).Select(option => option.Name).ToArray();
        return required.Length > 0 ? $"missing {string.Join(", ", required)}" : parse.Errors[0].Message.TrimEnd('.');
    }

    private static string Usage(Command command)
    {
        var arguments = command.Arguments.Select(argument => argument.Arity.MinimumNumberOfValues > 0 ? argument.HelpName ?? argument.Name : $"[{argument.HelpName ?? argument.Name}]");
        return string.Join(' ', [Path(command), .. command.Subcommands.Count > 0 ? ["COMMAND"] : arguments, "[options]"]);
    }

    private static string Path(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "hoop";

    private static IEnumerable<string> Options(Command command)
    {
        var own = command.Options.SelectMany(option => option.Aliases.Prepend(option.Name));
        return command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? own.Concat(Options(parent)) : own;
    }

    /// <summary>The closest known word, when it is close: at most a third of the letters differ.</summary>
    private static string? Nearest(string word, IEnumerable<string> known) => known
        .Select(candidate => (Candidate: candidate, Distance: Distance(word, candidate)))
        .Where(pair => pair.Distance <= Math.Max(1, word.Length / 3))
        .OrderBy(pair => pair.Distance).ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
        .Select(pair => pair.Candidate)
        .FirstOrDefault();

    /// <summary>How many letters to insert, delete, replace or swap with their neighbour (optimal string alignment).</summary>
    private static int Distance(string from, string to)
    {
        var steps = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }

                var replaced = steps[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(replaced, Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[from.Length, to.Length];
    }
}
