namespace Hoop.ServiceAccounts.Rules;

/// <summary>
/// A pattern over segments, which slashes and colons divide: <c>*</c> stands for one or more characters inside of one segment, and
/// <c>**</c>, as the last segment, for everything that follows. There is nothing else, and never a regular expression.
/// </summary>
internal static class GlobPattern
{
    private const int MaxLength = 255;
    private const int MostStars = 16;

    public static string? ProblemOf(string pattern) =>
        pattern.Length is 0 or > MaxLength || pattern.Any(char.IsControl) ? $"glob: 1 to {MaxLength} characters, without control characters"
        : pattern.Count(character => character == '*') > MostStars ? $"glob: at most {MostStars} stars"
        : pattern.Contains("**", StringComparison.Ordinal) && !EndsInAll(pattern)
            ? "glob: ** stands alone, as the last segment after a / or :"
        : pattern.Trim('*').Length == 0 ? "glob: a pattern without any text binds nothing"
        : null;

    /// <summary>What every match begins with.</summary>
    public static string LiteralStart(string pattern) => pattern.Split('*', 2)[0];

    public static bool Matches(string pattern, string text) =>
        EndsInAll(pattern) ? Match(pattern[..^2], text, isPrefix: true) : Match(pattern, text, isPrefix: false);

    private static bool EndsInAll(string pattern) =>
        pattern.Length > 2 && pattern.EndsWith("**", StringComparison.Ordinal) && IsSeparator(pattern[^3])
            && pattern.IndexOf("**", StringComparison.Ordinal) == pattern.Length - 2;

    // Only the last star has ever to give more: those before it end at a separator, or the shortest they take is enough. So the time is
    // bounded by the product of the two lengths.
    private static bool Match(string pattern, string text, bool isPrefix)
    {
        var (at, from, star, taken) = (0, 0, -1, 0);
        while (from < text.Length)
        {
            if (isPrefix && at == pattern.Length)
            {
                return true;
            }

            if (at < pattern.Length && pattern[at] == '*' && !IsSeparator(text[from]))
            {
                (star, taken) = (at, from + 1);
                (at, from) = (at + 1, from + 1);
            }
            else if (at < pattern.Length && pattern[at] != '*' && pattern[at] == text[from])
            {
                (at, from) = (at + 1, from + 1);
            }
            else if (star >= 0 && !IsSeparator(text[taken]))
            {
                taken++;
                (at, from) = (star + 1, taken);
            }
            else
            {
                return false;
            }
        }

        return at == pattern.Length && !isPrefix;
    }

    private static bool IsSeparator(char character) => character is '/' or ':';
}
