using System.Text.RegularExpressions;

namespace Hoop.Identity.Tests.Replay;

/// <summary>One case of a file: what is sent, and what must come back.</summary>
/// <param name="File">Without its ending.</param>
public sealed record Story(string File, string Title, IReadOnlyList<Step> Steps)
{
    public override string ToString() => $"{File}: {Title}";
}

/// <summary>
/// <code>
/// [@holder] METHOD /path [body] => status [expected] [; name=path.in.answer ...]
/// </code>
/// </summary>
/// <param name="Holder">The name of a kept token that asks; <c>nobody</c> for no token, null for the organization's admin.</param>
/// <param name="Expected">JSON: an object that the answer contains, a text that is the only error, or null for "not looked at".</param>
/// <param name="Keeps">What later steps name as <c>${name}</c>.</param>
public sealed record Step(
    int Line,
    string? Holder,
    string Method,
    string Path,
    string? Body,
    int Status,
    string? Expected,
    IReadOnlyList<(string Name, string Path)> Keeps)
{
    public const string Nobody = "nobody";
}

/// <summary>
/// Reads case files: a line <c>case: title</c> begins a case, <c>#</c> a remark, and a line that begins with blanks goes on with the step
/// above it.
/// </summary>
public static partial class StoryFiles
{
    public static IEnumerable<Story> All() =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "cases"), "*.txt").Order(StringComparer.Ordinal)
            .SelectMany(file => Read(Path.GetFileNameWithoutExtension(file), File.ReadAllLines(file)));

    public static IReadOnlyList<Story> Read(string file, IReadOnlyList<string> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        var stories = new List<Story>();
        var steps = new List<Step>();
        foreach (var (text, number) in Joined(lines))
        {
            if (text.StartsWith("case: ", StringComparison.Ordinal))
            {
                steps = [];
                stories.Add(new Story(file, text[6..].Trim(), steps));
                continue;
            }

            var match = StepLine().Match(text);
            if (!match.Success || stories.Count == 0)
            {
                throw new FormatException($"{file}:{number}: not a step: {text}");
            }

            steps.Add(new Step(
                number,
                Optional(match.Groups["holder"]),
                match.Groups["method"].Value,
                match.Groups["path"].Value,
                Optional(match.Groups["body"]),
                int.Parse(match.Groups["status"].Value, System.Globalization.CultureInfo.InvariantCulture),
                Optional(match.Groups["expected"]),
                [.. match.Groups["keep"].Captures.Select(keep => keep.Value.Split('=', 2)).Select(parts => (parts[0], parts[1]))]));
        }

        return stories;
    }

    private static string? Optional(Group group) => group.Success && group.Value.Trim() is { Length: > 0 } text ? text : null;

    private static IEnumerable<(string Text, int Number)> Joined(IReadOnlyList<string> lines)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if (lines[i].Length == 0 || lines[i][0] == '#')
            {
                continue;
            }

            var (text, number) = (lines[i], i + 1);
            while (i + 1 < lines.Count && lines[i + 1].StartsWith(' '))
            {
                text += " " + lines[++i].Trim();
            }

            yield return (text, number);
        }
    }

    [GeneratedRegex(
        @"^(?:@(?<holder>\w+) )?(?<method>[A-Z]+) (?<path>/\S*)(?: (?<body>\S.*?))? => (?<status>\d{3})(?: (?<expected>(?!;).+?))?(?: ;(?: (?<keep>\w+=[\w.]+))+)?$",
        RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex StepLine();
}
