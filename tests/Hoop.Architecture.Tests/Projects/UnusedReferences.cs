using System.Text.RegularExpressions;

namespace Hoop.Architecture.Tests.Projects;

/// <summary>A reference says "this needs that". One that nothing uses says it wrongly, and documents are believed for its sake.</summary>
internal static class UnusedReferences
{
    /// <param name="sources">The files of the project alone.</param>
    public static IEnumerable<string> Of(Project project, IReadOnlyCollection<Project> projects, IReadOnlyCollection<SourceFile> sources) =>
        from name in project.Projects
        let referenced = projects.FirstOrDefault(other => other.Name == name)
        where referenced is not null && !sources.Any(source => Names(source.Text, referenced, projects))
        select $"{project.Name} references {name} and names nothing of it";

    /// <summary>The namespace, unless it is only the beginning of another project's, as Hoop.Orders is of Hoop.Orders.Contracts.</summary>
    private static bool Names(string text, Project referenced, IEnumerable<Project> projects)
    {
        var longer = projects.Select(other => other.Namespace)
            .Where(other => other.StartsWith(referenced.Namespace + ".", StringComparison.Ordinal))
            .Select(other => "(?!" + Regex.Escape(other[referenced.Namespace.Length..]) + @"\b)");
        return Regex.IsMatch(text, $@"(?<![\w.]){Regex.Escape(referenced.Namespace)}\b{string.Concat(longer)}");
    }
}
