using System.Reflection;
using System.Text.Json;
using Hoop.Testing;

namespace Hoop.Architecture.Tests;

/// <summary>
/// The product as it lies on disk and as it was built. No names are listed: a module is a folder below <c>src/Modules</c>.
/// </summary>
internal static class Product
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Root => SourceTree.Root;

    public static IReadOnlyList<Module> Modules { get; } =
    [
        .. Directory.EnumerateDirectories(Path.Combine(Root, "src", "Modules"))
            .Select(folder => Path.GetFileName(folder))
            .Order(StringComparer.Ordinal)
            .Select(name => new Module(name, Assembly.Load($"Hoop.{name}"), Assembly.Load($"Hoop.{name}.Contracts"))),
    ];

    /// <summary>Every file below <paramref name="folder"/> that somebody wrote: nothing that a build left behind.</summary>
    public static IEnumerable<SourceFile> Files(string folder, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, folder), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Root, path))
            .Where(path => !path.Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(Root, path))));
}

/// <param name="Path">Relative to the repository, with forward slashes.</param>
internal sealed record SourceFile(string Path, string Text);

/// <summary>A module: its folder's name, what it does, and what others may ask of it.</summary>
internal sealed record Module(string Name, Assembly Assembly, Assembly Contracts)
{
    public string Schema { get; } = JsonNamingPolicy.SnakeCaseLower.ConvertName(Name);

    public override string ToString() => Name;
}
