using Hoop.Identity.AccessRules;
using NUnit.Framework;

namespace Hoop.Identity.Tests.AccessRules;

/// <summary>What a policy's text may be, and what its author is told of a mistake.</summary>
public sealed class PolicyDocumentTests
{
    [TestCase("""path "a/*" { capabilities = ["read", "list"] }""")]
    [TestCase("""path "a/*" { capabilities = ["read", "list",] }""")]
    [TestCase("name = \"x\"\n# a comment\npath \"/a/*\" { /* another */ capabilities = [\"read\", \"list\"] } // and one")]
    [TestCase("""path "a/*" { policy = "read" }""")]
    [TestCase("""path { "a/*" { capabilities = ["read", "list"] } }""")]
    [TestCase("""{"path": {"a/*": {"capabilities": ["read", "list"]}}}""")]
    [TestCase("""{"path": [{"a/*": {"capabilities": ["read", "list"]}}], "name": "x"}""")]
    public void A_policy_is_read_from_each_of_its_forms(string text)
    {
        var document = PolicyDocument.Parse("p", text, out var problem);
        Assert.That(problem, Is.Null);
        Assert.That(document!.Rules, Has.Count.EqualTo(1));
        Assert.That(document.Rules[0].Path, Is.EqualTo("a/*"));
        Assert.That(document.Rules[0].Capabilities, Is.EqualTo(Capabilities.Read | Capabilities.List));
    }

    [Test]
    public void An_empty_policy_and_one_of_comments_alone_grant_nothing([Values("", " \n", "# nothing\n", "{}")] string text) =>
        Assert.That(PolicyDocument.Parse("p", text, out _)?.Rules, Is.Empty);

    [TestCase("path \"a\" {\n  capabilities = [\"wirte\"]\n}", "line 2, column 19: path \"a\": invalid capability 'wirte'")]
    [TestCase("path \"a\" {\n  capabilites = [\"read\"]\n}", "line 2, column 3: path \"a\": unknown key \"capabilites\"")]
    [TestCase("path \"a\" { policy = \"wirte\" }", "line 1, column 21: path \"a\": invalid policy 'wirte'")]
    [TestCase("path \"a\" { }\npath \"a\" { }", "line 2, column 1: path \"a\" is given twice (first on line 1)")]
    [TestCase("path \"a\" {\n  policy = \"read\"\n  policy = \"deny\"\n}", "line 3, column 3: path \"a\": policy is given twice")]
    [TestCase("{\"path\": {\"a\": {}, \"a\": {}}}", "line 1, column 20: path \"a\" is given twice (first on line 1)")]
    [TestCase("{\"path\": {\"a\": {\"policy\": \"read\",\n\"policy\": \"deny\"}}}", "line 2, column 1: path \"a\": policy is given twice")]
    [TestCase("paths \"a\" { }", "line 1, column 1: unknown key \"paths\": a policy has path and name")]
    [TestCase("path \"a\" { capabilities = \"read\" }", "line 1, column 27: path \"a\": capabilities: expected a list of strings")]
    [TestCase("path \"a\" { capabilities = [1] }", "line 1, column 28: path \"a\": capabilities: expected a string")]
    [TestCase("path \"a/+*\" { }", "line 1, column 1: path \"a/+*\": invalid use of wildcards ('+*' is forbidden)")]
    [TestCase("path \"a/{{identity.entity.id\" { }", "line 1, column 1: path \"a/{{identity.entity.id\": unbalanced templating characters")]
    [TestCase("path \"a/{{x}}\" { }", "unknown template \"x\"")]
    [TestCase("path \"a\" {", "line 1, column 11: expected a name, found the end of the text")]
    [TestCase("path \"a\n", "line 1, column 6: the string does not end")]
    [TestCase("{\"path\": {\"a\": {}},}", "line 1, column 19: a comma with nothing after it")]
    [TestCase("{\"path\": {\"a\": {}}} x", "line 1, column 21: expected the end of the text, found 'x'")]
    [TestCase("path \"a\" { min_wrapping_ttl = \"soon\" }", "path \"a\": min_wrapping_ttl: expected a duration")]
    [TestCase("%", "line 1, column 1: unexpected character '%'")]
    [Description("I2, I3: what is given twice, unknown or wrong is told with its place")]
    public void A_mistake_is_told_with_its_line_and_column(string text, string told)
    {
        Assert.That(PolicyDocument.Parse("p", text, out var problem), Is.Null);
        Assert.That(problem, Does.StartWith("failed to parse policy: line "));
        Assert.That(problem, Does.Contain(told));
    }

    [Test]
    public void A_heredoc_is_a_text()
    {
        const string Text = """
            path "a" {
              capabilities = ["read"]
              allowed_parameters = {
                "x" = [<<-END
                  first
                  second
                  END
                , 5]
              }
            }
            """;
        var document = PolicyDocument.Parse("p", Text, out var problem);
        Assert.That(problem, Is.Null);
        Assert.That(document!.Rules[0].Parameters.Allowed!["x"][0].GetString(), Is.EqualTo("first\nsecond\n"));
    }

    [Test]
    public void Depth_and_length_are_bounded()
    {
        Assert.That(PolicyDocument.Parse("p", "x = " + new string('[', 100_000), out var deep), Is.Null);
        Assert.That(deep, Does.Contain("levels"));
        Assert.That(PolicyDocument.Parse("p", new string(' ', PolicySyntax.MaxLength + 1), out var large), Is.Null);
        Assert.That(large, Does.Contain("longer than"));
    }

    [TestCase("a/*", "a/+/private/*", true, TestName = "I1: A star above a plus")]
    [TestCase("a/*", "a/b/*", false, TestName = "A deny with the longer prefix acts")]
    [TestCase("a/+/b", "a/+/*", false, TestName = "A deny that matches more acts on the rest")]
    [TestCase("a/+/b/c*", "a/+/+/c*", false, TestName = "A deny with more plusses acts on other segments")]
    [TestCase("*", "+/x", false, TestName = "A deny with a plus in front of a star")]
    [TestCase("a/*", "a/+", false, TestName = "A deny without a star at the end acts")]
    [Description("I1: a deny that can never act is warned of")]
    public void A_deny_that_never_acts_is_warned_of(string allow, string deny, bool warned)
    {
        var document = PolicyDocument.Parse(
            "p", $$"""
            path "{{allow}}" { capabilities = ["read"] }
            path "{{deny}}" { capabilities = ["deny"] }
            """, out _);
        Assert.That(document!.Warnings().Any(), Is.EqualTo(warned));
    }
}
