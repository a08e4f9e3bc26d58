using System.CommandLine;
using Hoop.Cli.CommandLine;

namespace Hoop.Cli.Completion;

/// <summary>
/// What may stand at the end of a command line: commands, options and their values from the tree of commands alone, with no look at
/// configuration or network, so that a key press costs no more than the start of the program. Where a name is wanted, and there alone,
/// the gateway is asked (<see cref="GatewayNames"/>). Silent on whatever it does not understand.
/// </summary>
internal static class Suggestions
{
    /// <summary>First argument of a call that asks; the words of the line follow, the one under the cursor last.</summary>
    public const string Asked = "__complete";

    /// <param name="root">The tree.</param>
    /// <param name="words">After the program's name; the last one is under the cursor and may be empty.</param>
    public static Task<IEnumerable<string>> For(Command root, IReadOnlyList<string> words) =>
        For(root, words, Environment.GetEnvironmentVariable, GatewayNames.Patience);

    /// <param name="environment">Its variables.</param>
    /// <param name="patience">How long to wait for the gateway.</param>
    public static async Task<IEnumerable<string>> For(
        Command root, IReadOnlyList<string> words, Func<string, string?> environment, TimeSpan patience)
    {
        if (words.Count == 0 || Place.Of(root, words) is not { } place)
        {
            return [];
        }

        var known = place.Known.Select(one => place.Prefix + one).Where(place.Fits).ToArray();
        var names = place.Kind is { } kind
            ? await GatewayNames.Find(kind, name => Call.Variable(name, place.Context, environment), patience)
            : [];
        return known.Concat(names.Select(one => place.Prefix + one).Where(place.Fits)).Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Values(Symbol symbol) =>
        symbol.GetCompletions(System.CommandLine.Completions.CompletionContext.Empty).Select(item => item.Label);

    private static IEnumerable<string> Values(Option option, Command command) =>
        option == Call.Output && command is Verb { Subcommands.Count: 0 } verb ? verb.Outputs : Values(option);

    /// <summary>Where the cursor is.</summary>
    /// <param name="Begun">The word under it.</param>
    /// <param name="Prefix">What of that word stands before what is looked for: <c>agent/</c>, <c>--output=</c>.</param>
    /// <param name="Known">What the tree says.</param>
    /// <param name="Kind">What a name there is one of; null for none.</param>
    /// <param name="Context">The context that the line names.</param>
    private sealed record Place(string Begun, string Prefix, IEnumerable<string> Known, string? Kind, string? Context)
    {
        public bool Fits(string offered) => offered.StartsWith(Begun, StringComparison.Ordinal);

        /// <summary>Null where nothing can be offered.</summary>
        public static Place? Of(Command root, IReadOnlyList<string> words)
        {
            var (command, options, names) = (root, new List<Option>(root.Options), 0);
            Option? waiting = null;
            string? context = null;
            foreach (var word in words.SkipLast(1))
            {
                if (waiting is not null)
                {
                    context = waiting.Name == "--context" ? word : context;
                    waiting = null;
                }
                else if (word == "--")
                {
                    return null;
                }
                else if (word.StartsWith('-'))
                {
                    var parts = word.Split('=', 2);
                    var said = options.Find(option => Spells(option, parts[0]) && option.Arity.MaximumNumberOfValues > 0);
                    waiting = parts.Length == 1 ? said : null;
                    context = said?.Name == "--context" && parts.Length == 2 ? parts[1] : context;
                }
                else if (names == 0 && Below(command, word) is { } next)
                {
                    command = next;
                    options.AddRange(next.Options);
                }
                else
                {
                    names++;
                }
            }

            var begun = words[^1];
            if (waiting is null && begun.Split('=', 2) is [['-', ..] spelled, _]
                && options.Find(option => Spells(option, spelled)) is { } assigned)
            {
                return new Place(begun, spelled + "=", Values(assigned, command), GatewayNames.KindOf(assigned), context);
            }

            if (waiting is not null)
            {
                return new Place(begun, "", Values(waiting, command), GatewayNames.KindOf(waiting), context);
            }

            if (begun.StartsWith('-'))
            {
                return new Place(begun, "", options.Where(option => !option.Hidden).Select(option => option.Name), Kind: null, context);
            }

            if (names == 0 && begun.Split('/', 2) is [var type, _] && Below(command, type) is { Arguments.Count: > 0 } typed)
            {
                return new Place(begun, type + "/", [], GatewayNames.KindOf(typed), context);
            }

            var wantsName = names == 0 && command.Subcommands.Count == 0 && command.Arguments.Count > 0;
            return new Place(
                begun,
                "",
                command.Subcommands.Where(next => !next.Hidden).Select(next => next.Name).Concat(command.Arguments.SelectMany(Values)),
                wantsName ? GatewayNames.KindOf(command) : null,
                context);
        }

        private static Command? Below(Command command, string word) =>
            command.Subcommands.FirstOrDefault(next => next.Name == word || next.Aliases.Contains(word));

        private static bool Spells(Option option, string word) => option.Name == word || option.Aliases.Contains(word);
    }
}
