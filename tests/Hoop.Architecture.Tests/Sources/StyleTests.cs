using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sources;

public sealed class StyleTests
{
    private static readonly string Long = new('x', 150);

    [TestCase("src")]
    [TestCase("tests")]
    [TestCase("bench")]
    [TestCase("demo")]
    [TestCase("samples")]
    public void Code_is_written_in_one_dialect(string folder)
    {
        var files = Product.Files(folder, "*.cs").ToArray();
        Assert.That(files, Has.Length.GreaterThan(2));

        Assert.That(files.SelectMany(StyleRules.Code), Is.Empty);
    }

    [Test]
    public void Prose_is_wrapped()
    {
        var files = Product.Files("docs", "*.md").ToArray();
        Assert.That(files, Has.Length.GreaterThan(5));

        Assert.That(files.SelectMany(StyleRules.Prose), Is.Empty);
    }

    [Test]
    public void A_line_that_is_too_long_is_found_unless_a_literal_makes_it_so()
    {
        Assert.That(StyleRules.Code(File($"// {Long}")), Has.One.Contains("153 columns"));
        Assert.That(StyleRules.Code(File($"var text = \"{Long}\";")), Is.Empty);
        Assert.That(StyleRules.Code(File($"var text = \"\" + {Long};")), Has.One.Contains("columns"));
    }

    [TestCase("internal sealed class Order\n{\n    internal int Count;\n}", 1)]
    [TestCase("internal sealed class Order\n{\n    internal sealed record Line;\n    public int Count;\n}", 0)]
    [TestCase("public sealed class Order\n{\n    internal int Count;\n}", 0)]
    public void A_member_that_hides_inside_a_hidden_type_is_found(string text, int problems) =>
        Assert.That(StyleRules.Code(File(text)).Count(), Is.EqualTo(problems));

    [Test]
    public void Prose_that_is_too_long_is_found_but_no_table_and_no_code()
    {
        var words = string.Join(' ', Enumerable.Repeat("word", 40));

        Assert.That(StyleRules.Prose(File(words)), Has.One.Contains("columns"));
        Assert.That(StyleRules.Prose(File($"| {words} |")), Is.Empty);
        Assert.That(StyleRules.Prose(File($"```\n{words}\n```")), Is.Empty);
        Assert.That(StyleRules.Prose(File(Long)), Is.Empty);
    }

    private static SourceFile File(string text) => new("src/Shared/Hoop.Shared/Order.cs", text);
}
