namespace Hoop.Architecture.Tests.Projects;

/// <summary>Who may reference whom.</summary>
internal static class ProjectRules
{
    private const string Contracts = ".Contracts";
    private const string MediatRContracts = "MediatR.Contracts";

    /// <summary>What the command line does, any program can.</summary>
    private const string Client = "Hoop.Client";

    /// <summary>Who is calling, as records alone: all that contracts need of the kernel.</summary>
    private const string SharedCallers = "Hoop.Shared.Callers";

    public static IEnumerable<string> Violations(IReadOnlyCollection<Project> projects)
    {
        ArgumentNullException.ThrowIfNull(projects);
        var product = projects.Select(project => project.Assembly).ToHashSet(StringComparer.Ordinal);
        var shared = projects.Where(project => project.Kind == ProjectKind.Shared).Select(project => project.Name)
            .ToHashSet(StringComparer.Ordinal);
        return projects.SelectMany(project => Violations(project, product, shared)).Concat(Cycles(Asks(projects)));
    }

    /// <summary>Which modules each module asks, by the names of the modules.</summary>
    public static Dictionary<string, string[]> Asks(IEnumerable<Project> projects) => projects
        .Where(project => project.Kind == ProjectKind.Module)
        .ToDictionary(
            project => ModuleOf(project.Name),
            project =>
                project.Projects.Where(IsModuleContracts).Select(ModuleOf).Where(asked => asked != ModuleOf(project.Name))
                    .Order(StringComparer.Ordinal).ToArray(),
            StringComparer.Ordinal);

    private static IEnumerable<string> Violations(Project project, HashSet<string> product, HashSet<string> shared)
    {
        var allowed = project.Kind switch
        {
            ProjectKind.Module => project.Projects.Where(name => shared.Contains(name) || IsModuleContracts(name)),
            ProjectKind.Contracts => project.Projects.Where(name => name is MediatRContracts or SharedCallers),
            ProjectKind.Shared =>
                project.Projects.Where(name => name == MediatRContracts || (name == SharedCallers && project.Name != SharedCallers)),
            ProjectKind.CommandLine => project.Projects.Where(name => IsModuleContracts(name) || name == Client),
            _ => project.Projects,
        };
        foreach (var reference in project.Projects.Except(allowed, StringComparer.Ordinal))
        {
            yield return $"{project.Name} ({project.Kind}) references the project {reference}";
        }

        if (project.Kind == ProjectKind.Module && !project.Projects.Contains(project.Name + Contracts, StringComparer.Ordinal))
        {
            yield return $"{project.Name} does not reference its own contracts";
        }

        // Whoever takes a contracts project must not take a web framework or a package along with it.
        if (project.Kind == ProjectKind.Contracts)
        {
            foreach (var dependency in project.Packages.Concat(project.Frameworks))
            {
                yield return $"{project.Name} ({project.Kind}) depends on {dependency}";
            }
        }

        if (project.Kind is ProjectKind.Module or ProjectKind.Contracts)
        {
            // Tests and benchmarks may look inside; the product may not.
            foreach (var friend in project.Friends.Where(product.Contains))
            {
                yield return $"{project.Name} ({project.Kind}) shows its internals to {friend}";
            }
        }
    }

    private static IEnumerable<string> Cycles(Dictionary<string, string[]> asks) => Circles
        .Among(asks.ToDictionary(pair => pair.Key, pair => (IReadOnlyCollection<string>)pair.Value, StringComparer.Ordinal))
        .Select(circle => $"the modules ask in a circle: {circle}");

    private static bool IsModuleContracts(string project) =>
        project.StartsWith("Hoop.", StringComparison.Ordinal) && project.EndsWith(Contracts, StringComparison.Ordinal);

    private static string ModuleOf(string project) =>
        project.Replace("Hoop.", "", StringComparison.Ordinal).Replace(Contracts, "", StringComparison.Ordinal);
}
