using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Hoop.Shared.Data;

/// <summary>What is read out of a statement's text, once for each.</summary>
internal static partial class StatementText
{
    private static readonly string[] Changes = ["INSERT INTO ", "UPDATE ", "DELETE FROM "];

    /// <summary>
    /// <c>@Name</c> becomes <c>$1</c>, a name that comes again keeps its number. Quoted text, comments, and operators such as
    /// <c>@&gt;</c> stay as they are (PostgreSQL manual, 4.1).
    /// </summary>
    public static (string Text, string[] Names) WithPositions(string sql)
    {
        var text = new StringBuilder(sql.Length);
        var names = new List<string>();
        for (var at = 0; at < sql.Length;)
        {
            var end = Piece(sql, at);
            if (sql[at] == '@' && end > at + 1)
            {
                var name = sql[(at + 1)..end];
                var index = names.FindIndex(one => one.Equals(name, StringComparison.OrdinalIgnoreCase));
                if (index < 0)
                {
                    index = names.Count;
                    names.Add(name);
                }

                text.Append('$').Append((index + 1).ToString(CultureInfo.InvariantCulture));
            }
            else
            {
                text.Append(sql, at, end - at);
            }

            at = end;
        }

        return (text.ToString(), [.. names]);
    }

    /// <summary>True for an INSERT of VALUES that passes over no conflict: it writes its rows or fails.</summary>
    public static bool IsPlainInsert(string sql)
    {
        var words = Words(sql);
        var values = words.IndexOf(" VALUES ", StringComparison.OrdinalIgnoreCase);
        return words.StartsWith("INSERT INTO ", StringComparison.OrdinalIgnoreCase)
            && values > 0
            && !words[..values].Contains(" SELECT ", StringComparison.OrdinalIgnoreCase)
            && !words.Contains(" ON CONFLICT ", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Whether rows come back: of a SELECT they do, of a plain change without RETURNING they do not; of others null.</summary>
    public static bool? RowsOf(string sql)
    {
        var words = Words(sql);
        return words.StartsWith("WITH ", StringComparison.OrdinalIgnoreCase)
            ? null
            : words.StartsWith("SELECT ", StringComparison.OrdinalIgnoreCase)
                || words.Contains(" RETURNING ", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// False for what writes nothing (SELECT, SAVEPOINT …), null for an INSERT, UPDATE or DELETE, whose answer tells how many rows it
    /// wrote, and true for one inside a WITH, whose answer does not.
    /// </summary>
    public static bool? WritingOf(string sql)
    {
        var words = Words(sql);
        return Changes.Any(change => words.StartsWith(change, StringComparison.OrdinalIgnoreCase)) ? null
            : words.StartsWith("WITH ", StringComparison.OrdinalIgnoreCase)
                && Changes.Any(change => words.Contains($" {change}", StringComparison.OrdinalIgnoreCase));
    }

    /// <param name="text">With positions.</param>
    public static bool HasAbsentConditions(string text) => AbsentCondition.IsMatch(text);

    [GeneratedRegex(
        @"\$[0-9]+(::[a-z\[\]]+)?\s+IS\s+NULL\s+OR\s",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex AbsentCondition { get; }

    // The words outside of quotes and comments, with single blanks, so that they can be looked for.
    private static string Words(string sql)
    {
        var words = new StringBuilder(sql.Length + 1);
        for (var at = 0; at < sql.Length;)
        {
            var end = Piece(sql, at);
            var blank = char.IsWhiteSpace(sql[at]) || sql[at] is '(' or ')' or '-' or '/' or '\'' or '"' or '$';
            if (!blank)
            {
                words.Append(sql, at, end - at);
            }
            else if (words.Length > 0 && words[^1] != ' ')
            {
                words.Append(' ');
            }

            at = end;
        }

        return words.Append(' ').ToString();
    }

    // Where the piece that begins here ends: a name, a quotation, a comment, or one character.
    private static int Piece(string sql, int at) => sql[at] switch
    {
        '\'' => Quoted(sql, at, '\''),
        '"' => Quoted(sql, at, '"'),
        '-' when Next(sql, at) == '-' => After(sql, "\n", at + 2),
        '/' when Next(sql, at) == '*' => After(sql, "*/", at + 2),
        '$' when DollarTag(sql, at) is { } tag => After(sql, tag, at + tag.Length),
        '@' when at > 0 && IsOperator(sql[at - 1]) => at + 1,
        '@' when char.IsAsciiLetter(Next(sql, at)) => NameEnd(sql, at + 1),
        _ => at + 1,
    };

    private static char Next(string sql, int at) => at + 1 < sql.Length ? sql[at + 1] : '\0';

    private static int Quoted(string sql, int at, char quote)
    {
        var end = sql.IndexOf(quote, at + 1);
        return end < 0 ? sql.Length : end + 1;
    }

    private static int After(string sql, string mark, int at)
    {
        var end = sql.IndexOf(mark, at, StringComparison.Ordinal);
        return end < 0 ? sql.Length : end + mark.Length;
    }

    private static int NameEnd(string sql, int at)
    {
        while (at < sql.Length && (char.IsAsciiLetterOrDigit(sql[at]) || sql[at] == '_'))
        {
            at++;
        }

        return at;
    }

    private static string? DollarTag(string sql, int at)
    {
        var end = NameEnd(sql, at + 1);
        return end < sql.Length && sql[end] == '$' && !char.IsAsciiDigit(Next(sql, at)) ? sql[at..(end + 1)] : null;
    }

    private static bool IsOperator(char character) => "+-*/<>=~!@#%^&|`?".Contains(character, StringComparison.Ordinal);
}
