using NUnit.Framework;

namespace Hoop.GoTemplates.Tests;

internal sealed class GoTemplateTests
{
    private const string Identity = "spiffe://example.org/agent/web-1";

    [Test]
    public void A_lone_surrogate_is_refused_where_it_stands()
    {
        Assert.That(Sample.TryParse("é\n😀\ud800", out _, out var error), Is.False);
        Assert.That(error, Is.EqualTo(new TemplateError(2, 2, "the template holds a NUL or a lone surrogate")));
    }

    [Test]
    public void A_field_that_may_exist_is_left_to_rendering()
    {
        var template = Sample.Parsed("{{$x := .}}{{$ = \"y\"}}{{$x.SPIFFEID}}{{define \"unused\"}}{{.Any}}{{end}}");
        Assert.That(template.TryRender(["web-1", Identity], out var output, out _), Is.True);
        Assert.That(output, Is.EqualTo(System.Text.Encoding.UTF8.GetBytes(Identity)));
    }

    [TestCase("{{.City}} {{.Name}}", "Lisbon Ana")]
    [TestCase("{{.}}", "{Ana Lisbon 1100}")]
    [TestCase("{{printf `%+v %T` . .}}", "{Name:Ana City:Lisbon Zip:1100} mail.Address")]
    [TestCase("{{printf `%#v` .}}", "mail.Address{Name:\"Ana\", City:\"Lisbon\", Zip:\"1100\"}")]
    [TestCase("{{eq . .}}", "true")]
    public void Any_number_of_fields_can_be_named(string source, string expected)
    {
        Assert.That(
            GoTemplate.TryParse(source, new("greeting", "mail.Address", "Name", "City", "Zip"), out var template, out var error),
            Is.True,
            error?.ToString());
        Assert.That(template!.TryRender(["Ana", "Lisbon", "1100"], out var output, out var failure), Is.True, failure);
        Assert.That(System.Text.Encoding.UTF8.GetString(output!), Is.EqualTo(expected));
    }

    [Test]
    public void The_main_template_is_known_by_the_name_that_was_given()
    {
        var fields = new TemplateFields("greeting", "mail.Address", "Name");

        Assert.That(
            GoTemplate.TryParse("{{if false}}{{template `greeting` .}}{{end}}{{.Name}}", fields, out _, out var error),
            Is.True,
            error?.ToString());
        Assert.That(GoTemplate.TryParse("{{template `agent_template` .}}", fields, out _, out error), Is.False);
        Assert.That(error!.Message, Is.EqualTo("template \"agent_template\" not defined"));
        Assert.That(GoTemplate.TryParse("{{.name}}", fields, out _, out error), Is.False);
        Assert.That(error!.Message, Is.EqualTo("can't evaluate field name: the only field is .Name"));
    }

    [TestCase]
    [TestCase("name")]
    [TestCase("Name", "Name")]
    [TestCase("Na me")]
    [TestCase("")]
    public void Fields_that_no_template_could_name_are_a_mistake_of_the_program(params string[] names) =>
        Assert.That(() => new TemplateFields("t", "T", names), Throws.ArgumentException);

    [Test]
    public void One_value_is_needed_for_each_field() =>
        Assert.That(() => Sample.Parsed("x").TryRender(["one"], out _, out _), Throws.ArgumentException);

    [Test]
    public void The_length_of_the_source_is_told_in_bytes() => Assert.That(Sample.Parsed("é").SourceLength, Is.EqualTo(2));
}
