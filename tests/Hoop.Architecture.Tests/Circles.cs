namespace Hoop.Architecture.Tests;

/// <summary>Finds circles among things that need each other.</summary>
internal static class Circles
{
    /// <param name="needs">For each thing what it needs; what is no key needs nothing.</param>
    /// <returns>Each circle once, as <c>A -> B -> A</c>, beginning with the thing that comes first in the alphabet.</returns>
    public static IEnumerable<string> Among(IReadOnlyDictionary<string, IReadOnlyCollection<string>> needs)
    {
        ArgumentNullException.ThrowIfNull(needs);
        var done = new HashSet<string>(StringComparer.Ordinal);
        return needs.Keys.Order(StringComparer.Ordinal).Select(thing => From(thing, [])).OfType<string>();

        string? From(string thing, List<string> path)
        {
            if (path.IndexOf(thing) is >= 0 and var start)
            {
                return string.Join(" -> ", path.Skip(start).Append(thing));
            }

            if (!needs.TryGetValue(thing, out var needed) || !done.Add(thing))
            {
                return null;
            }

            path.Add(thing);
            var found = needed.Select(next => From(next, path)).FirstOrDefault(circle => circle is not null);
            path.RemoveAt(path.Count - 1);
            return found;
        }
    }
}
