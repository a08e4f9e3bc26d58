using System.Text.RegularExpressions;

namespace Hoop.Architecture.Tests.Modules;

/// <summary>Which folders of a module need which others, read from what the sources name.</summary>
internal static partial class FolderRules
{
    /// <param name="module">Root namespace, such as <c>Hoop.Spiffe</c>.</param>
    /// <param name="files">The files of one module; their first folder below the one named like the root namespace counts.</param>
    public static IReadOnlyDictionary<string, IReadOnlyCollection<string>> Needs(string module, IEnumerable<SourceFile> files)
    {
        var rooms = files
            .Select(file => (Room: RoomOf(module, file.Path), Code: Comment().Replace(file.Text, "")))
            .Where(file => file.Room is not null)
            .ToLookup(file => file.Room!, file => file.Code, StringComparer.Ordinal);
        var names = rooms.Select(room => room.Key).ToArray();
        return rooms.ToDictionary(
            room => room.Key,
            room =>
                (IReadOnlyCollection<string>)[.. names.Where(other => other != room.Key
                    && room.Any(code => Names(code, module, other))).Order(StringComparer.Ordinal)],
            StringComparer.Ordinal);
    }

    public static IEnumerable<string> Violations(string module, IEnumerable<SourceFile> files) =>
        Circles.Among(Needs(module, files)).Select(circle => $"{module}: the folders form a circle: {circle}");

    /// <summary>A using of the other folder's namespace or of a folder below it, or a type that is named by it.</summary>
    private static bool Names(string code, string module, string room) =>
        Regex.IsMatch(code, $@"\b{Regex.Escape(module)}\.{room}\b")
            || Regex.IsMatch(code, $@"(?<![\w.]){room}\.[A-Z]\w*[.(\s]", RegexOptions.None)
            && UsesAsNamespace(code, room);

    /// <summary>A property or an enumeration may have the name of a folder; then the file has a declaration of that name.</summary>
    private static bool UsesAsNamespace(string code, string room) => !Regex.IsMatch(code, $@"\b{room}\s*(?:[,;)=]|\{{\s*get|=>)");

    private static string? RoomOf(string module, string path)
    {
        var parts = path.Split('/');
        var start = Array.IndexOf(parts, module);
        return start >= 0 && start + 2 < parts.Length ? parts[start + 1] : null;
    }

    [GeneratedRegex(@"//[^\n]*")]
    private static partial Regex Comment();
}
