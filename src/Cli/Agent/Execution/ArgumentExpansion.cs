using System.Text.RegularExpressions;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// <c>$NAME</c> and <c>${NAME}</c> in a command's arguments, as connections write them (<c>--project_id=$CLOUDSDK_CORE_PROJECT</c>).
/// One pass, from the variables of the request alone, never from the agent's own; a name that is not among them stays as it is. A value
/// is never expanded again, and stays one argument.
/// </summary>
internal static class ArgumentExpansion
{
    private static readonly Regex Reference = new(
        @"\$(?:(?<name>[A-Za-z_][A-Za-z0-9_]*)|\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\})",
        RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    public static string[] Expand(IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment) =>
        [.. arguments.Select(argument => Reference.Replace(argument,
            match => environment.GetValueOrDefault(match.Groups["name"].Value, match.Value)))];
}
