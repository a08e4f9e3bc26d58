using System.Text.Json;
using System.Xml.Linq;

namespace Hoop.Release;

/// <summary>A package that a lock file names.</summary>
/// <param name="Sha512">Of the package's file, hexadecimal.</param>
/// <param name="License">An SPDX expression, when the package says one and lies in this machine's package folder.</param>
/// <param name="IsShipped">False for what only the build uses.</param>
/// <param name="Needs">Names of what it depends on.</param>
internal sealed record LockedPackage(
    string Name, string Version, string Sha512, string? License, bool IsShipped, IReadOnlyList<string> Needs);

/// <summary>What the product depends on, by the lock files of <c>src</c>: they are what a locked restore takes.</summary>
internal static class LockFiles
{
    public static IReadOnlyList<LockedPackage> Read(string root)
    {
        var tools = BuildTools(root);
        return
        [
            .. Directory.EnumerateFiles(Path.Combine(root, "src"), "packages.lock.json", SearchOption.AllDirectories)
                .Where(file => !file.Split('/').Any(part => part is "bin" or "obj"))
                .SelectMany(file => Packages(file, tools))
                .DistinctBy(package => (package.Name.ToUpperInvariant(), package.Version))
                .OrderBy(package => package.Name, StringComparer.OrdinalIgnoreCase)
                .ThenBy(package => package.Version, StringComparer.Ordinal),
        ];
    }

    private static List<LockedPackage> Packages(string file, HashSet<string> tools)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes(file));
        var packages = new List<LockedPackage>();
        foreach (var entry in json.RootElement.GetProperty("dependencies").EnumerateObject()
            .SelectMany(target => target.Value.EnumerateObject()))
        {
            if (!entry.Value.TryGetProperty("contentHash", out var hash))
            {
                // One of our own projects.
                continue;
            }

            var version = entry.Value.GetProperty("resolved").GetString()!;
            packages.Add(new LockedPackage(
                entry.Name,
                version,
                Convert.ToHexStringLower(hash.GetBytesFromBase64()),
                License(entry.Name, version),
                !tools.Contains(entry.Name),
                entry.Value.TryGetProperty("dependencies", out var needs) ? [.. needs.EnumerateObject().Select(need => need.Name)] : []));
        }

        return packages;
    }

    /// <summary>Analyzers, which every project takes and none ships.</summary>
    private static HashSet<string> BuildTools(string root) =>
        XDocument.Load(Path.Combine(root, "Directory.Packages.props")).Descendants("GlobalPackageReference")
            .Select(element => element.Attribute("Include")!.Value).ToHashSet(StringComparer.OrdinalIgnoreCase);

    private static string? License(string name, string version)
    {
        var folder = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        var (id, file) = (name.ToLowerInvariant(), default(string));
        file = Path.Combine(folder, id, version.ToLowerInvariant(), $"{id}.nuspec");
        return File.Exists(file)
            ? XDocument.Load(file).Descendants().FirstOrDefault(
                element => element.Name.LocalName == "license" && element.Attribute("type")?.Value == "expression")?.Value
            : null;
    }
}
