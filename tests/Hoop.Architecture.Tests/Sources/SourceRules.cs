using System.Text.RegularExpressions;

namespace Hoop.Architecture.Tests.Sources;

/// <summary>What a file of the product must not hold.</summary>
internal static partial class SourceRules
{
    private const int MostLines = 300;

    /// <summary>"A screen and a half, up to some 120 lines; the wrapping of long ones comes on top."</summary>
    private const int MostLinesOfASlice = 140;

    public static IEnumerable<string> Violations(SourceFile file)
    {
        ArgumentNullException.ThrowIfNull(file);

        // From the namespace on: what a file uses is no length of its own.
        var start = Math.Max(0, file.Text.IndexOf("\nnamespace ", StringComparison.Ordinal));
        var lines = file.Text.AsSpan(start).Trim('\n').Count('\n') + 1;
        var most = SliceRequest().IsMatch(file.Text) ? MostLinesOfASlice : MostLines;
        if (lines > most)
        {
            yield return $"{file.Path}: {lines} lines, more than {most}";
        }

        var code = Comment().Replace(file.Text, "");
        foreach (var (rule, problem) in Rules)
        {
            foreach (Match match in rule.Matches(code))
            {
                yield return $"{file.Path}: {problem}: {match.Value.ReplaceLineEndings(" ").Trim()}";
            }
        }

        foreach (Match match in EmptyCatch().Matches(file.Text))
        {
            if (!match.Groups["type"].Success || !match.Groups["body"].Value.Contains("//", StringComparison.Ordinal))
            {
                yield return $"{file.Path}: swallows an exception without its type and the reason: {match.Value.ReplaceLineEndings(" ")}";
            }
        }

        // A command of the command line waits for its own processes; a blocked thread of the gateway makes others wait.
        if (!file.Path.StartsWith("src/Cli/", StringComparison.Ordinal) && code.Contains("Thread.Sleep", StringComparison.Ordinal))
        {
            yield return $"{file.Path}: blocks its thread: Thread.Sleep";
        }

        // Sessions of the pool are not reset between requests (ConnectionText). Announcements are heard on a session outside of it.
        if (!file.Path.EndsWith("Memory/GatewayRows.cs", StringComparison.Ordinal) && SessionState().Match(code) is { Success: true } left)
        {
            yield return $"{file.Path}: leaves something behind in a session: {left.Value}";
        }

        if (Unfinished().Match(file.Text) is { Success: true } unfinished)
        {
            yield return $"{file.Path}: is not finished: {unfinished.Value}";
        }
    }

    private static IEnumerable<(Regex Rule, string Problem)> Rules =>
    [
        (WallClock(), "takes the time past TimeProvider"),
        (InlineSql(), "holds a statement that is no constant named ...Sql"),
        (AsyncVoid(), "loses its exceptions"),
        (Region(), "needs a fold to be read"),
    ];

    [GeneratedRegex(@"^    internal sealed record Request\b", RegexOptions.Multiline)]
    private static partial Regex SliceRequest();

    [GeneratedRegex(@"^\s*//.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(Utc)?(Now|Today)\b")]
    private static partial Regex WallClock();

    [GeneratedRegex(@"\bcatch\s*(?<type>\([^)]*\)\s*)?(when\s*\([^{}]*\)\s*)?\{(?<body>(\s|//[^\n]*)*)\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"\b[dD]b\.(Find|List|Execute)(<[^(]*>)?\(\s*[$@]*""")]
    private static partial Regex InlineSql();

    [GeneratedRegex(
        @"""\s*SET (?!LOCAL)\w+|\bset_config\([^;]*,\s*false\)|\bpg_(try_)?advisory_lock\w*|\bCREATE TEMP|\bWITH HOLD\b|\bLISTEN [a-z{]")]
    private static partial Regex SessionState();

    [GeneratedRegex(@"\basync void\b")]
    private static partial Regex AsyncVoid();

    [GeneratedRegex(@"^\s*#(end)?region\b", RegexOptions.Multiline)]
    private static partial Regex Region();

    [GeneratedRegex(@"\b(TODO|FIXME|HACK|XXX)\b|NotImplementedException")]
    private static partial Regex Unfinished();
}
