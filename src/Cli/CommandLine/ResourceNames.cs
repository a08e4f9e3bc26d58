using System.CommandLine;

namespace Hoop.Cli.CommandLine;

/// <summary><c>hoop admin get agent/web</c> means <c>hoop admin get agent web</c>.</summary>
internal static class ResourceNames
{
    public static IReadOnlyList<string> Split(Command root, string[] arguments)
    {
        if (root.Subcommands.FirstOrDefault(command => command.Name == "admin") is not { } admin)
        {
            return arguments;
        }

        Command? verb = null;
        var start = Array.IndexOf(arguments, "admin") + 1;
        for (var index = start; start > 0 && index < arguments.Length && arguments[index] != "--"; index++)
        {
            var argument = arguments[index];
            if (verb is null)
            {
                verb = Named(admin, argument);
                continue;
            }

            if (Named(verb, argument) is not null)
            {
                break;
            }

            var slash = argument.IndexOf('/', StringComparison.Ordinal);
            if (slash > 0 && slash < argument.Length - 1 && Named(verb, argument[..slash]) is not null)
            {
                return [.. arguments[..index], argument[..slash], argument[(slash + 1)..], .. arguments[(index + 1)..]];
            }
        }

        return arguments;
    }

    private static Command? Named(Command parent, string name) =>
        parent.Subcommands.FirstOrDefault(command => command.Name == name || command.Aliases.Contains(name));
}
