using FsCheck;
using FsCheck.Fluent;
using Hoop.GoTemplates;
using Hoop.Spiffe.Mappings;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

internal sealed class AgentTemplateTests
{
    private const string Workload = "web-1";
    private const string Identity = "spiffe://example.org/agent/web-1";

    [TestCase("{{.WorkloadIdentifier}}", "web-1")]
    [TestCase("\n  agent-{{ .WorkloadIdentifier }} \t\n", "agent-web-1")]
    [TestCase("\u00a0{{.WorkloadIdentifier}}\u2003", "web-1")]
    [TestCase("{{slice .SPIFFEID 27}}", "web-1")]
    [TestCase("3f2504e0-4f89-11d3-9a0c-0305e82c3301", "3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    [TestCase("{{if eq .WorkloadIdentifier \"web-1\"}}front{{else}}back{{end}}", "front")]
    public void A_template_renders_to_a_trimmed_agent_name(string source, string expected)
    {
        Assert.That(Parsed(source).TryRender(Workload, Identity, out var name, out var error), Is.True, error);
        Assert.That(name, Is.EqualTo(expected));
    }

    [TestCase("", "rendered to nothing")]
    [TestCase(" \n ", "rendered to nothing")]
    [TestCase("{{if false}}x{{end}}", "rendered to nothing")]
    [TestCase("{{.SPIFFEID}}", "not an agent name")]
    [TestCase("{{.}}", "not an agent name")]
    [TestCase("ab", "not an agent name")]
    [TestCase("a b c", "not an agent name")]
    [TestCase("abc\ndef", "not an agent name")]
    [TestCase("{{slice \"é\" 1}}abc", "not an agent name")]
    [TestCase("{{printf \"%0256d\" 1}}", "more than 255 bytes")]
    [TestCase("{{index .WorkloadIdentifier 99}}", "line 1, column 3: error calling index: index out of range: 99")]
    [TestCase("a\n b {{len 1}}", "line 2, column 6: error calling len: len of type int")]
    public void Output_that_is_not_an_agent_name_is_refused_with_the_reason(string source, string reason)
    {
        Assert.That(Parsed(source).TryRender(Workload, Identity, out var name, out var error), Is.False);
        Assert.That(name, Is.Null);
        Assert.That(error, Does.Contain(reason));
    }

    [Test]
    public void A_hostile_identity_cannot_make_a_name_that_breaks_the_rule() // Cure53 SPI-01-003/007, CVE-2021-41803
    {
        var template = Parsed("agent-{{.WorkloadIdentifier}}");
        foreach (var workload in new[] { "", "a/../b", "a b", "a\nb", "{{.SPIFFEID}}", "a\0b", "-", "a--b", "ä", new string('x', 300) })
        {
            Assert.That(template.TryRender(workload, Identity, out var name, out _), Is.False, name);
        }
    }

    [TestCase("{{.Nope}}", 1, 3, "can't evaluate field Nope: the fields are .WorkloadIdentifier and .SPIFFEID")]
    [TestCase("äé\nx {{ $.SpiffeID }}", 2, 6, "can't evaluate field SpiffeID: the fields are .WorkloadIdentifier and .SPIFFEID")]
    [TestCase("{{with .SPIFFEID}}{{.WorkloadIdentifier}}{{end}}", 1, 21, "can't evaluate field WorkloadIdentifier in type string")]
    [TestCase("{{define \"a\"}}{{.Nope}}{{end}}{{template \"a\" .}}", 1, 17,
        "can't evaluate field Nope: the fields are .WorkloadIdentifier and .SPIFFEID")]
    [TestCase("{{template \"a\"}}", 1, 12, "template \"a\" not defined")]
    [TestCase("a\n  {{upper .SPIFFEID}}", 2, 5, "function \"upper\" not defined")]
    [TestCase("{{.SPIFFEID", 1, 12, "unclosed action")]
    [TestCase("{{if .}}\nx", 2, 2, "unexpected EOF")]
    [TestCase("{{call .}}", 1, 3, "function \"call\" cannot be used: the template's data has no functions")]
    [TestCase("{{print \"日本\" 1+2i}}", 1, 14, "complex numbers are not supported")]
    [TestCase("x\0", 1, 2, "the template holds a NUL or a lone surrogate")]
    [TestCase("{{}}", 1, 3, "missing value for command")]
    [TestCase("{{.SPIFFEID .}} {{end}}", 1, 22, "unexpected {{end}}")]
    public void A_wrong_template_is_refused_with_line_column_and_reason(string source, int line, int column, string message)
    {
        Assert.That(AgentTemplate.TryParse(source, out var template, out var error), Is.False);
        Assert.That(template, Is.Null);
        Assert.That(error, Is.EqualTo(new TemplateError(line, column, message)));
    }

    [Test]
    public void Whatever_a_template_renders_is_a_legal_name_or_is_refused_with_a_reason() =>
        Prop.ForAll(
            Pieces("a-", "web", "{{.WorkloadIdentifier}}", "{{len .SPIFFEID}}", " ", "{{printf `%q` .SPIFFEID}}", "é", "/"),
            Pieces("a", "-", "/", " ", "\n", "{{", "é", "😀"),
            (text, workload) =>
        {
            if (!AgentTemplate.TryParse(text, out var template, out _))
            {
                return true;
            }

            return template.TryRender(workload, "spiffe://example.org/" + workload, out var name, out var error)
                ? Hoop.Shared.ResourceName.IsValid(name) && error is null
                : name is null && !string.IsNullOrEmpty(error);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));

    [Test]
    public void An_error_of_rendering_holds_no_part_of_the_data()
    {
        foreach (var source in new[] { "{{len (index .WorkloadIdentifier 0)}}", "{{.WorkloadIdentifier | slice 1}}",
            "{{.WorkloadIdentifier}} x", "{{lt .WorkloadIdentifier 1}}", "{{range .WorkloadIdentifier}}{{end}}" })
        {
            Assert.That(Parsed(source).TryRender("private-part", Identity, out _, out var error), Is.False);
            Assert.That(error, Does.Not.Contain("private"));
        }
    }

    private static Arbitrary<string> Pieces(params string[] pieces) =>
        Gen.Elements(pieces).ListOf().Select(chosen => string.Concat(chosen)).ToArbitrary();

    private static AgentTemplate Parsed(string source)
    {
        Assert.That(AgentTemplate.TryParse(source, out var template, out var error), Is.True, error?.ToString());
        return template!;
    }
}
