using System.Text.RegularExpressions;

namespace Hoop.Architecture.Tests.Sources;

/// <summary>One dialect: what no compiler holds. Braces are held by the build (IDE0011).</summary>
internal static partial class StyleRules
{
    public const int MaxColumns = 140;

    public static IEnumerable<string> Code(SourceFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var isClosed = !PublicType().IsMatch(file.Text);
        foreach (var (line, number) in Lines(file.Text))
        {
            // Only a literal that cannot be broken may reach further: a key, a token, a sentence that a test compares whole.
            if (line.Length > MaxColumns && Literal().Replace(line, "").Length > MaxColumns - 20)
            {
                yield return $"{file.Path}:{number}: {line.Length} columns, more than {MaxColumns}";
            }

            if (isClosed && InternalMember().IsMatch(line))
            {
                yield return $"{file.Path}:{number}: a member of an internal type is written public: {line.Trim()}";
            }
        }
    }

    /// <summary>Prose is wrapped; tables, links on a line of their own and fenced code are left as they are.</summary>
    public static IEnumerable<string> Prose(SourceFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var fenced = false;
        foreach (var (line, number) in Lines(file.Text))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                fenced = !fenced;
            }
            else if (!fenced && line.Length > MaxColumns && line[0] != '|' && line.TrimStart().Contains(' ', StringComparison.Ordinal))
            {
                yield return $"{file.Path}:{number}: {line.Length} columns, more than {MaxColumns}";
            }
        }
    }

    private static IEnumerable<(string Line, int Number)> Lines(string text) => text.Split('\n').Select((line, index) => (line, index + 1));

    [GeneratedRegex(@"^public [a-z ]*\b(class|record|struct|interface|enum|delegate)\b", RegexOptions.Multiline)]
    private static partial Regex PublicType();

    [GeneratedRegex(@"^\s+internal (?!([a-z]+ )*(class|record|struct|interface|enum|delegate)\b)")]
    private static partial Regex InternalMember();

    [GeneratedRegex("\"{3,}.*?\"{3,}|\"(?:[^\"\\\\]|\\\\.)*\"")]
    private static partial Regex Literal();
}
