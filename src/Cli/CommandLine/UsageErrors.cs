using System.CommandLine;
using Hoop.Cli.Output;

namespace Hoop.Cli.CommandLine;

/// <summary>A command line that makes no sense: what is wrong, the nearest thing that does, and where the help is.</summary>
internal static class UsageErrors
{
    public static void Report(Command command, string problem, TextWriter error)
    {
        error.WriteLine(Printable.Line($"error: {problem}"));
        error.WriteLine(Printable.Line($"usage: {Help.Usage(command)}"));
        error.WriteLine($"help:  {command.Spelled()} --help");
    }

    /// <summary>What the parser found wrong; its own words name symbols, not what the user should type.</summary>
    public static string Problem(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        if (parse.UnmatchedTokens is [var unknown, ..])
        {
            if (command.Subcommands.Count == 0)
            {
                return $"unknown argument {unknown}";
            }

            var known = command.Subcommands.Where(subcommand => !subcommand.Hidden)
                .SelectMany(subcommand => subcommand.Aliases.Prepend(subcommand.Name));
            return OtherTools.HintOnCommand(command, unknown) is { } hint ? $"unknown command {unknown}; {hint}"
                : Nearest.To(unknown, known) is { } meant ? $"unknown command {unknown}; did you mean {meant}?"
                : $"unknown command {unknown}";
        }

        var absent = command.Arguments.FirstOrDefault(argument =>
            argument.Arity.MinimumNumberOfValues > 0 && parse.GetResult(argument) is null or { Tokens.Count: 0 });
        if (absent is not null)
        {
            return $"missing {(absent is NameArgument name ? name.What : absent.Name)}";
        }

        var required = command.Options.Where(option => option.Required && parse.GetResult(option) is null or { Tokens.Count: 0 })
            .Select(option => option.Name).ToArray();
        return required.Length > 0 ? $"missing {string.Join(", ", required)}" : parse.Errors[0].Message.TrimEnd('.');
    }
}
