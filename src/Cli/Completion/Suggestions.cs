using System.CommandLine;

namespace Hoop.Cli.Completion;

/// <summary>
/// What may stand at the end of a command line, from the tree of commands alone: no configuration, no token, no network, so that a key
/// press costs no more than the start of the program. Silent on whatever it does not understand.
/// </summary>
internal static class Suggestions
{
    /// <summary>First argument of a call that asks; the words of the line follow, the one under the cursor last.</summary>
    public const string Asked = "__complete";

    /// <param name="root">The tree.</param>
    /// <param name="words">After the program's name; the last one is under the cursor and may be empty.</param>
    public static IEnumerable<string> For(Command root, IReadOnlyList<string> words)
    {
        if (words.Count == 0)
        {
            return [];
        }

        var (command, options) = (root, new List<Option>(root.Options));
        Option? waiting = null;
        foreach (var word in words.SkipLast(1))
        {
            if (waiting is not null)
            {
                waiting = null;
            }
            else if (word == "--")
            {
                return [];
            }
            else if (word.StartsWith('-'))
            {
                waiting = options.Find(option => Spells(option, word) && option.Arity.MaximumNumberOfValues > 0);
            }
            else if (command.Subcommands.FirstOrDefault(next => next.Name == word || next.Aliases.Contains(word)) is { } next)
            {
                command = next;
                options.AddRange(next.Options);
            }
        }

        var begun = words[^1];
        var offered = waiting is not null ? Values(waiting)
            : begun.StartsWith('-') ? options.Where(option => !option.Hidden).Select(option => option.Name)
            : command.Subcommands.Where(next => !next.Hidden).Select(next => next.Name).Concat(command.Arguments.SelectMany(Values));
        return offered.Where(one => one.StartsWith(begun, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
    }

    private static bool Spells(Option option, string word) => option.Name == word || option.Aliases.Contains(word);

    private static IEnumerable<string> Values(Symbol symbol) =>
        symbol.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty).Select(item => item.Label);
}
