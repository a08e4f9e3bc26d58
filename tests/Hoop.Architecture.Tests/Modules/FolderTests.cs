using NUnit.Framework;

namespace Hoop.Architecture.Tests.Modules;

public sealed class FolderTests
{
    [TestCaseSource(typeof(Product), nameof(Product.Modules))]
    public void The_folders_of_a_module_form_no_circle(object module)
    {
        var root = $"Hoop.{((Module)module).Name}";
        var files = Product.Files($"src/Modules/{((Module)module).Name}/{root}", "*.cs").ToList();
        Assert.That(FolderRules.Needs(root, files), Has.Count.GreaterThan(1));
        Assert.That(
            FolderRules.Needs(root, files).Values, Has.Some.Not.Empty, "no folder needs another one: the files were not understood");

        Assert.That(FolderRules.Violations(root, files), Is.Empty);
    }

    [Test]
    public void The_folders_of_the_command_line_form_no_circle()
    {
        var files = Product.Files("src/Cli", "*.cs")
            .Select(file => new SourceFile(file.Path.Replace("src/Cli/", "src/Hoop.Cli/", StringComparison.Ordinal), file.Text)).ToList();
        Assert.That(FolderRules.Needs("Hoop.Cli", files)["CommandLine"], Is.EqualTo(new[] { "Configuration", "Gateway", "Output" }));

        Assert.That(FolderRules.Violations("Hoop.Cli", files), Is.Empty);
    }

    [TestCase("using Hoop.Orders.Prices;")]
    [TestCase("using static Hoop.Orders.Prices.Price;")]
    [TestCase("using Hoop.Orders.Prices.Lists;")]
    [TestCase("class A { object P => Prices.Price.Of(1); }")]
    [TestCase("class A(Hoop.Orders.Prices.Price p);")]
    public void Folders_that_need_each_other_are_found(string naming)
    {
        SourceFile[] files =
        [
            File("Orders/Order.cs", "namespace Hoop.Orders.Orders; " + naming),
            File("Prices/Price.cs", "using Hoop.Orders.Customers; namespace Hoop.Orders.Prices;"),
            File("Customers/Customer.cs", "using Hoop.Orders.Orders; namespace Hoop.Orders.Customers;"),
            File("OrdersModule.cs", "using Hoop.Orders.Orders; using Hoop.Orders.Prices; namespace Hoop.Orders;"),
        ];

        Assert.That(
            FolderRules.Violations("Hoop.Orders", files),
            Is.EqualTo(new[] { "Hoop.Orders: the folders form a circle: Customers -> Orders -> Prices -> Customers" }));
        Assert.That(FolderRules.Violations("Hoop.Orders", files.Skip(1)), Is.Empty);
    }

    [TestCase("// see Prices.Price and Hoop.Orders.Prices")]
    [TestCase("class A { int[] Prices { get; } int Count => Prices.Length; }")]
    [TestCase("using Hoop.Other.Prices;")]
    [TestCase("using Hoop.Orders.PricesOld;")]
    public void What_only_looks_like_another_folder_is_not_taken_for_one(string code) =>
        Assert.That(FolderRules.Needs("Hoop.Orders", [File("Orders/Order.cs", code), File("Prices/Price.cs", "")])["Orders"], Is.Empty);

    private static SourceFile File(string path, string text) => new($"src/Modules/Orders/Hoop.Orders/{path}", text);
}
