using System.Xml.Linq;

namespace Hoop.Architecture.Tests.Projects;

internal enum ProjectKind
{
    /// <summary>The gateway, demo and samples: compose what they want.</summary>
    Other,

    Module,
    Contracts,
    Shared,
    CommandLine,
}

/// <summary>What a project file says, as far as the rules care.</summary>
/// <param name="Assembly">What it builds.</param>
/// <param name="Namespace">Where its types are.</param>
/// <param name="Projects">Names of the referenced projects.</param>
/// <param name="Friends">Assemblies that see its internals.</param>
internal sealed record Project(
    string Name,
    string Assembly,
    ProjectKind Kind,
    string Namespace,
    IReadOnlyList<string> Projects,
    IReadOnlyList<string> Packages,
    IReadOnlyList<string> Frameworks,
    IReadOnlyList<string> Friends)
{
    /// <param name="file">Its place decides its kind.</param>
    public static Project Parse(SourceFile file)
    {
        var xml = XDocument.Parse(file.Text);
        var name = System.IO.Path.GetFileNameWithoutExtension(file.Path);
        return new Project(
            name,
            xml.Descendants("AssemblyName").FirstOrDefault()?.Value ?? name,
            KindOf(file.Path.Split('/')),
            xml.Descendants("RootNamespace").FirstOrDefault()?.Value ?? name,
            [.. Includes("ProjectReference").Select(path => System.IO.Path.GetFileNameWithoutExtension(path.Replace('\\', '/')))],
            [.. Includes("PackageReference")],
            [.. Includes("FrameworkReference")],
            [.. Includes("InternalsVisibleTo")]);

        IEnumerable<string> Includes(string item) =>
            xml.Descendants(item).Select(element => element.Attribute("Include")?.Value).OfType<string>();
    }

    private static ProjectKind KindOf(string[] path) => path switch
    {
        ["src", "Modules", _, var folder, _] =>
            folder.EndsWith(".Contracts", StringComparison.Ordinal) ? ProjectKind.Contracts : ProjectKind.Module,
        ["src", "Shared", ..] => ProjectKind.Shared,
        ["src", "Cli", ..] => ProjectKind.CommandLine,
        _ => ProjectKind.Other,
    };
}
