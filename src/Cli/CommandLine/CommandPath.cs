using System.CommandLine;

namespace Hoop.Cli.CommandLine;

/// <summary>Where a command stands in the tree.</summary>
internal static class CommandPath
{
    /// <summary>The command, its parent and so on up to the root.</summary>
    public static IEnumerable<Command> Path(this Command command)
    {
        for (var next = command; next is not null; next = next.Parents.OfType<Command>().FirstOrDefault())
        {
            yield return next;
        }
    }

    /// <summary>As typed: <c>hoop admin get agents</c>.</summary>
    public static string Spelled(this Command command) =>
        string.Join(' ', command.Path().Reverse().Select(step => step is RootCommand ? "hoop" : step.Name));
}
