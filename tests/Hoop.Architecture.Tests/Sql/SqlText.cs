using System.Text.RegularExpressions;

namespace Hoop.Architecture.Tests.Sql;

/// <summary>Reads the tables out of a statement, as far as statements of this product go: no parser, a walk over its words.</summary>
internal static partial class SqlText
{
    // In extract(day FROM at) and the like FROM names no table.
    private static readonly string[] FromInside = ["extract", "substring", "trim", "overlay"];

    /// <summary>Without comments and without the content of literals.</summary>
    public static string Bare(string sql) => Quiet().Replace(sql, match => match.Value.StartsWith('\'') ? "''" : " ");

    /// <summary>Every table that is named, as it is written; common table expressions and functions are none.</summary>
    public static IEnumerable<string> Tables(string sql)
    {
        var bare = Bare(sql);
        var expressions = CommonTable().Matches(bare).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var words = Word().Matches(bare).Select(match => match.Value).ToArray();
        return Named(words).Where(table => !expressions.Contains(table));
    }

    /// <summary>True when it changes rows.</summary>
    public static bool Writes(string sql) => Write().IsMatch(Bare(sql));

    private static IEnumerable<string> Named(string[] words)
    {
        var functions = new Stack<string>();
        for (var i = 0; i < words.Length; i++)
        {
            var (word, before) = (words[i].ToUpperInvariant(), i > 0 ? words[i - 1].ToUpperInvariant() : "");
            switch (word)
            {
                case "(":
                    functions.Push(before);
                    break;
                case ")":
                    functions.TryPop(out _);
                    break;
                case "FROM" when before != "DISTINCT"
                    && !(functions.TryPeek(out var function) && FromInside.Contains(function, StringComparer.OrdinalIgnoreCase)):
                    foreach (var table in FromList(words, i + 1))
                    {
                        yield return table;
                    }

                    break;
                case "UPDATE" when before is "DO" or "FOR" or "KEY" or "ON":
                    break;
                case "JOIN" or "INTO" or "UPDATE" or "REFERENCES" or "TABLE":
                    if (TableAt(words, i + 1, isList: word == "JOIN") is { } named)
                    {
                        yield return named;
                    }

                    break;
                case "ON" when words.Take(i).TakeLast(8).Contains("INDEX", StringComparer.OrdinalIgnoreCase) && before is not ")":
                    if (TableAt(words, i + 1, isList: false) is { } indexed)
                    {
                        yield return indexed;
                    }

                    break;
                default:
                    break;
            }
        }
    }

    // FROM a AS x, b y, LATERAL (...): the items up to the first that is not followed by a comma.
    private static IEnumerable<string> FromList(string[] words, int at)
    {
        while (TableAt(words, at, isList: true) is { } table)
        {
            yield return table;
            at = Array.IndexOf(words, table, at) + 1;
            at += at < words.Length && words[at].Equals("AS", StringComparison.OrdinalIgnoreCase) ? 2 : 0;
            at += at + 1 < words.Length && words[at] != "," && words[at + 1] == "," ? 1 : 0;
            if (at >= words.Length || words[at] != ",")
            {
                yield break;
            }

            at++;
        }
    }

    private static string? TableAt(string[] words, int at, bool isList)
    {
        while (at < words.Length && words[at].ToUpperInvariant() is "ONLY" or "LATERAL" or "IF" or "NOT" or "EXISTS")
        {
            at++;
        }

        if (at >= words.Length || !(char.IsLetter(words[at][0]) || words[at][0] == '_'))
        {
            return null;
        }

        // In a list a name before a parenthesis is a function; elsewhere the parenthesis holds columns.
        return isList && at + 1 < words.Length && words[at + 1] == "(" ? null : words[at];
    }

    [GeneratedRegex(@"'(?:[^']|'')*'|--[^\n]*")]
    private static partial Regex Quiet();

    [GeneratedRegex(@"(\w+)\s*(?:\([^()]*\)\s*)?AS\s+(?:NOT\s+)?(?:MATERIALIZED\s+)?\(", RegexOptions.IgnoreCase)]
    private static partial Regex CommonTable();

    [GeneratedRegex(@"[@:]?[\w.]+|[^\s\w]")]
    private static partial Regex Word();

    [GeneratedRegex(@"\bINSERT\s+INTO\b|(?<!\b(?:DO|FOR|KEY|ON)\s+)\bUPDATE\s+\w|\bDELETE\s+FROM\b|\bMERGE\s+INTO\b|\bTRUNCATE\b",
        RegexOptions.IgnoreCase)]
    private static partial Regex Write();
}
