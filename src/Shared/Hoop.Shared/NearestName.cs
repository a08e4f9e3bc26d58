namespace Hoop.Shared;

/// <summary>Which of the known names a misspelt one was meant to be.</summary>
public static class NearestName
{
    // Strangers write these names, and comparing costs the product of both lengths. What is longer was none of the known ones.
    private const int Longest = 64;

    /// <summary>
    /// The nearest of <paramref name="known"/>, when at most two letters differ, or a third of its own; or one that begins with the name
    /// and goes on with another word (<c>data</c>, <c>data_dir</c>); else null.
    /// </summary>
    /// <param name="name">As it was written; letters count in their case.</param>
    /// <param name="known">May be empty. Of equally near ones the first is taken.</param>
    public static string? Of(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        var names = known.ToArray();
        return name.Length > Longest ? null : names
            .Select(candidate => (Candidate: candidate, Distance: Distance(name, candidate)))
            .Where(pair => pair.Distance <= Math.Max(2, pair.Candidate.Length / 3))
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.Candidate)
            .FirstOrDefault() ?? Array.Find(names, candidate => candidate.StartsWith(name + "_", StringComparison.Ordinal));
    }

    /// <summary><c>; did you mean x?</c>, to be put behind a refusal; empty when none is near.</summary>
    public static string Hint(string name, IEnumerable<string> known) => Of(name, known) is { } meant ? $"; did you mean {meant}?" : "";

    /// <summary>Levenshtein's, one row at a time: how many letters must be put in, taken out or changed.</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var changed = diagonal + (one[i - 1] == other[j - 1] ? 0 : 1);
                (diagonal, row[j]) = (row[j], Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1));
            }
        }

        return row[^1];
    }
}
