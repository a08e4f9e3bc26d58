namespace Hoop.Cli;

/// <summary>The word that somebody meant.</summary>
internal static class Nearest
{
    /// <summary>
    /// The closest known word, when it is close: at most a third of the letters differ, or it goes on where the word ends.
    /// </summary>
    public static string? To(string word, IEnumerable<string> known)
    {
        var words = known.ToArray();
        return Closest(word, words) ?? words.Order(StringComparer.Ordinal)
            .FirstOrDefault(candidate => word.Length > 3 && candidate.StartsWith(word, StringComparison.Ordinal));
    }

    private static string? Closest(string word, IEnumerable<string> known) => known
        .Select(candidate => (Candidate: candidate, Distance: Distance(word.ToLowerInvariant(), candidate.ToLowerInvariant())))
        .Where(pair => pair.Distance <= Tolerance(word))
        .OrderBy(pair => pair.Distance).ThenBy(pair => pair.Candidate, StringComparer.Ordinal)
        .Select(pair => pair.Candidate)
        .FirstOrDefault();

    private static int Tolerance(string word) => word.Length <= 2 ? 0 : Math.Max(1, word.Length / 3);

    /// <summary>How many letters to insert, delete, replace or swap with their neighbour (optimal string alignment).</summary>
    private static int Distance(string from, string to)
    {
        var steps = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    steps[i, j] = i + j;
                    continue;
                }

                var replaced = steps[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                steps[i, j] = Math.Min(replaced, Math.Min(steps[i - 1, j], steps[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                {
                    steps[i, j] = Math.Min(steps[i, j], steps[i - 2, j - 2] + 1);
                }
            }
        }

        return steps[from.Length, to.Length];
    }
}
