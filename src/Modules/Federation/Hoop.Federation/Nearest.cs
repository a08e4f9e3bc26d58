namespace Hoop.Federation;

/// <summary>Which of the known names a misspelt one was meant to be.</summary>
internal static class Nearest
{
    /// <summary><c>; did you mean x?</c>, or nothing when none is near.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var nearest = known.MinBy(candidate => Distance(name, candidate));
        return nearest is not null && name.Length <= 64 && Distance(name, nearest) <= Math.Max(2, nearest.Length / 3)
            ? $"; did you mean {nearest}?"
            : "";
    }

    // Levenshtein, one row at a time.
    private static int Distance(string one, string two)
    {
        var row = Enumerable.Range(0, two.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= two.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (one[i - 1] == two[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
