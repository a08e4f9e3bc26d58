using System.Text;

namespace Hoop.Architecture.Tests.Routes;

/// <summary><c>docs/api-surface.txt</c>: every route with its policy, for the reviewer of a change.</summary>
internal static class SurfaceFile
{
    private const string Separator = " -- ";

    private const string Head = """
        # Every route of the gateway: method, path, policy, slice. A change of this file is a change of who may do what: review it as one.
        # Written anew by: HOOP_WRITE_API_SURFACE=1 dotnet test tests/Hoop.Architecture.Tests --filter ApiSurface
        # " -- " leads the reason why a route that may change something is no audited command; it is kept when the file is written anew.

        """;

    public static string File { get; } = Path.Combine(Product.Root, "docs", "api-surface.txt");

    public static string Render(IReadOnlyList<Route> routes, IReadOnlyDictionary<string, string> reasons)
    {
        var (method, path, policy) = (
            routes.Max(route => route.Method.Length),
            routes.Max(route => route.Path.Length),
            routes.Max(route => (route.Policy ?? "none").Length));
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"));
        foreach (var route in routes)
        {
            var line = $"{route.Method.PadRight(method)} {route.Path.PadRight(path)} {(route.Policy ?? "none").PadRight(policy)} {route.Slice?.Name}".TrimEnd();
            text.Append('\n').Append(line).Append(reasons.TryGetValue(route.ToString(), out var reason) ? Separator + reason : "");
        }

        return text.Append('\n').ToString();
    }

    /// <summary>The reasons of a file, by method and path.</summary>
    public static Dictionary<string, string> Reasons(string text) => text.Split('\n')
        .Where(line => !line.StartsWith('#') && line.Contains(Separator, StringComparison.Ordinal))
        .Select(line => line.Split(Separator, 2))
        .ToDictionary(
            parts => string.Join(' ', parts[0].Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(2)),
            parts => parts[1].Trim(),
            StringComparer.Ordinal);
}
