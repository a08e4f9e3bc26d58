using NUnit.Framework;

namespace Hoop.Architecture.Tests.Projects;

public sealed class ProjectTests
{
    private static readonly Project[] Projects = [.. Product.Files("src", "*.csproj").Select(Project.Parse)];

    [Test]
    public void Modules_reference_shared_projects_and_contracts_only_and_never_in_a_circle()
    {
        Assert.That(Projects.Count(project => project.Kind == ProjectKind.Module), Is.EqualTo(Product.Modules.Count).And.GreaterThan(1));
        Assert.That(Projects.Count(project => project.Kind == ProjectKind.Contracts), Is.EqualTo(Product.Modules.Count));
        Assert.That(ProjectRules.Asks(Projects).Values, Has.Some.Not.Empty, "no module asks another one: the files were not understood");

        Assert.That(ProjectRules.Violations(Projects), Is.Empty);
    }

    [Test]
    public void The_built_assemblies_reference_no_other_module_either()
    {
        var assemblies = Product.Modules.Select(module => module.Assembly.GetName().Name!).ToHashSet(StringComparer.Ordinal);
        Assert.That(assemblies, Has.Count.GreaterThan(1));

        var references = Product.Modules.SelectMany(
            module => module.Assembly.GetReferencedAssemblies().Where(reference => assemblies.Contains(reference.Name!)),
            (module, reference) => $"{module.Name} -> {reference.Name}");

        Assert.That(references, Is.Empty);
    }

    [Test]
    public void No_project_references_another_one_for_nothing()
    {
        var files = Product.Files("src", "*.csproj").ToArray();
        Assert.That(files, Has.Length.EqualTo(Projects.Length).And.Length.GreaterThan(5));
        var unused = files.Zip(Projects).SelectMany(
            pair => UnusedReferences.Of(pair.Second, Projects, [.. Product.Files(Path.GetDirectoryName(pair.First.Path)!, "*.cs")]));

        Assert.That(unused, Is.Empty);
    }

    [TestCase("using Hoop.Orders.Contracts;", "Hoop.Orders")]
    [TestCase("using Hoop.Orders.Prices; using Hoop.OrdersOld;", "Hoop.Orders.Contracts")]
    [TestCase("", "Hoop.Orders, Hoop.Orders.Contracts")]
    [TestCase("using Hoop.Orders.Contracts; class A(Hoop.Orders.Price p);", "")]
    public void A_reference_that_nothing_uses_is_found(string source, string unused)
    {
        Project[] projects =
        [
            Parse("src/Modules/Orders/Hoop.Orders/Hoop.Orders.csproj", ""),
            Parse("src/Modules/Orders/Hoop.Orders.Contracts/Hoop.Orders.Contracts.csproj", ""),
            Parse(
                "src/Tool/Hoop.Tool.csproj",
                """<ProjectReference Include="../Hoop.Orders.csproj" /><ProjectReference Include="../Hoop.Orders.Contracts.csproj" />"""),
        ];
        var expected = unused.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select(
            name => $"Hoop.Tool references {name} and names nothing of it");

        Assert.That(UnusedReferences.Of(projects[^1], projects, [new SourceFile("src/Tool/Tool.cs", source)]), Is.EqualTo(expected));
    }

    /// <summary>The table of modules in the architecture document: <c>| module | schema | owns | asks |</c>.</summary>
    [Test]
    public void The_document_says_which_modules_each_module_asks()
    {
        var rows = File.ReadLines(Path.Combine(Product.Root, "docs", "architecture.md"))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Where(cells => cells.Length == 6 && Product.Modules.Any(module => module.Name == cells[1]))
            .ToDictionary(
                cells => cells[1],
                cells =>
                    (Schema: cells[2].Trim('`'),
                        Asks: cells[4].Split(',',
                            StringSplitOptions.TrimEntries).Where(name => name != "–").Order(StringComparer.Ordinal).ToArray()),
                StringComparer.Ordinal);
        var asks = ProjectRules.Asks(Projects);

        Assert.That(rows.Keys, Is.EquivalentTo(Product.Modules.Select(module => module.Name)));
        foreach (var module in Product.Modules)
        {
            Assert.That(rows[module.Name].Schema, Is.EqualTo(module.Schema));
            Assert.That(rows[module.Name].Asks, Is.EqualTo(asks[module.Name]), module.Name);
        }
    }

    [TestCase("""<ProjectReference Include="../../Billing/Hoop.Billing/Hoop.Billing.csproj" />""", "references the project Hoop.Billing")]
    [TestCase("""<ProjectReference Include="..\..\..\Host\Hoop.Host.csproj" />""", "references the project Hoop.Host")]
    [TestCase("""<InternalsVisibleTo Include="billing" />""", "shows its internals to billing")]
    public void A_module_that_reaches_too_far_is_found(string item, string violation)
    {
        var good = """<ProjectReference Include="../Hoop.Orders.Contracts/Hoop.Orders.Contracts.csproj" /><ProjectReference Include="../../../Shared/Hoop.Shared/Hoop.Shared.csproj" />""";

        var tool = Parse("src/Tool/Hoop.Billing.csproj", "<AssemblyName>billing</AssemblyName>");

        var shared = Parse("src/Shared/Hoop.Shared/Hoop.Shared.csproj", "");

        Assert.That(
            ProjectRules.Violations(
                [tool, shared,
                    Parse("src/Modules/Orders/Hoop.Orders/Hoop.Orders.csproj",
                        good + """<InternalsVisibleTo Include="Hoop.Orders.Tests" />""")]),
            Is.Empty);
        Assert.That(
            ProjectRules.Violations([tool, shared, Parse("src/Modules/Orders/Hoop.Orders/Hoop.Orders.csproj", good + item)]),
            Has.One.Contains(violation));
    }

    [Test]
    public void A_module_without_contracts_of_its_own_is_found() =>
        Assert.That(
            ProjectRules.Violations([Parse("src/Modules/Orders/Hoop.Orders/Hoop.Orders.csproj", "")]), Has.One.Contains("own contracts"));

    [TestCase("""<ProjectReference Include="../../../Shared/Hoop.Shared/Hoop.Shared.csproj" />""")]
    [TestCase("""<ProjectReference Include="../../Billing/Hoop.Billing.Contracts/Hoop.Billing.Contracts.csproj" />""")]
    [TestCase("""<PackageReference Include="Dapper" />""")]
    [TestCase("""<FrameworkReference Include="Microsoft.AspNetCore.App" />""")]
    [TestCase("""<InternalsVisibleTo Include="Hoop.Orders.Contracts" />""")]
    public void Contracts_that_bring_more_than_themselves_are_found(string item)
    {
        var project = Parse("src/Modules/Orders/Hoop.Orders.Contracts/Hoop.Orders.Contracts.csproj", item);

        Assert.That(ProjectRules.Violations([project]), Has.One.Contains("Hoop.Orders.Contracts (Contracts)"));
    }

    [Test]
    public void A_command_line_that_takes_a_module_is_found()
    {
        var project = Parse(
            "src/Cli/Hoop.Cli.csproj", """<ProjectReference Include="../Modules/Orders/Hoop.Orders/Hoop.Orders.csproj" />""");

        Assert.That(ProjectRules.Violations([project]), Has.One.Contains("references the project Hoop.Orders"));
    }

    [Test]
    public void Modules_that_ask_each_other_in_a_circle_are_found()
    {
        Project[] circle = [Asking("A", "B"), Asking("B", "C"), Asking("C", "A"), Asking("D", "A")];

        Assert.That(ProjectRules.Violations(circle), Has.One.EqualTo("the modules ask in a circle: A -> B -> C -> A"));
        Assert.That(ProjectRules.Violations([Asking("A", "B"), Asking("B", "C"), Asking("D", "B")]), Is.Empty);
    }

    private static Project Asking(string module, string asked) => Parse(
        $"src/Modules/{module}/Hoop.{module}/Hoop.{module}.csproj",
        $"""<ProjectReference Include="Hoop.{module}.Contracts.csproj" /><ProjectReference Include="Hoop.{asked}.Contracts.csproj" />""");

    private static Project Parse(string path, string items) =>
        Project.Parse(new SourceFile(path, $"""<Project Sdk="Microsoft.NET.Sdk"><ItemGroup>{items}</ItemGroup></Project>"""));
}
