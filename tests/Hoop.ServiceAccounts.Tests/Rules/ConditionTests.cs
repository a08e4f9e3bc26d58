using System.Text.Json;
using Hoop.ServiceAccounts.Rules;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Rules;

/// <summary>Type of claim × kind of condition × result, the one table for all of them.</summary>
[Description("A10")]
public sealed class ConditionTests
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private const string Claims = """
        {"text":"main","number":7415,"real":1.0,"big":9007199254740993,"yes":true,"no":false,"null":null,"empty":[],"object":{"a":"main"},
         "texts":["dev","main"],"numbers":[1,7415],"mixed":["7415",true],"nested":{"deep":[{"x/y":"z"}]}}
        """;

    [TestCase("""{"claim":"text","equals":"main"}""", true)]
    [TestCase("""{"claim":"text","equals":"Main"}""", false, TestName = "Texts are compared byte for byte")]
    [TestCase("""{"claim":"text","equals":"mai"}""", false)]
    [TestCase("""{"claim":"number","equals":7415}""", true)]
    [TestCase("""{"claim":"number","equals":"7415"}""", false, TestName = "A number is no text")]
    [TestCase("""{"claim":"number","equals":7415.0}""", true, TestName = "Numbers are compared by value")]
    [TestCase("""{"claim":"real","equals":1}""", true)]
    [TestCase("""{"claim":"big","equals":9007199254740992}""", false, TestName = "Beyond what a double can tell apart")]
    [TestCase("""{"claim":"big","equals":9007199254740993}""", true)]
    [TestCase("""{"claim":"yes","equals":true}""", true)]
    [TestCase("""{"claim":"yes","equals":"true"}""", false, TestName = "A truth value is no text")]
    [TestCase("""{"claim":"yes","equals":1}""", false)]
    [TestCase("""{"claim":"no","equals":false}""", true)]
    [TestCase("""{"claim":"no","equals":true}""", false)]
    [TestCase("""{"claim":"null","equals":"null"}""", false)]
    [TestCase("""{"claim":"absent","equals":""}""", false)]
    [TestCase("""{"claim":"empty","equals":"main"}""", false)]
    [TestCase("""{"claim":"object","equals":"main"}""", false, TestName = "An object fulfils nothing")]
    [TestCase("""{"claim":"texts","equals":"main"}""", true, TestName = "Any item of a list")]
    [TestCase("""{"claim":"texts","equals":"prod"}""", false)]
    [TestCase("""{"claim":"numbers","equals":7415}""", true)]
    [TestCase("""{"claim":"mixed","equals":7415}""", false)]
    [TestCase("""{"claim":"mixed","equals":"7415"}""", true)]
    [TestCase("""{"claim":"text","one_of":["dev","main"]}""", true)]
    [TestCase("""{"claim":"number","one_of":["7415",7415]}""", true)]
    [TestCase("""{"claim":"number","one_of":["7415",true]}""", false)]
    [TestCase("""{"claim":"texts","one_of":["x","dev"]}""", true)]
    [TestCase("""{"claim":"text","glob":"m*"}""", true)]
    [TestCase("""{"claim":"texts","glob":"m*"}""", true)]
    [TestCase("""{"claim":"number","glob":"74*"}""", false, TestName = "A pattern is for texts")]
    [TestCase("""{"claim":"yes","glob":"t*"}""", false)]
    [TestCase("""{"claim":"/nested/deep/0/x~1y","equals":"z"}""", true, TestName = "A path")]
    [TestCase("""{"claim":"/nested/deep/1/x~1y","equals":"z"}""", false)]
    [TestCase("""{"claim":"/object/a","equals":"main"}""", true)]
    public void A_condition_holds_or_not(string condition, bool holds)
    {
        using var claims = JsonDocument.Parse(Claims);
        var read = JsonSerializer.Deserialize<ClaimCondition>(condition, SnakeCase)!;
        Assert.That(read.Problem, Is.Null);

        Assert.That(read.Holds(claims.RootElement), Is.EqualTo(holds));
    }

    [TestCase("a*c", "abc", true)]
    [TestCase("a*c", "abbbc", true)]
    [TestCase("a*c", "ac", false)]
    [TestCase("a*c", "a/c", false)]
    [TestCase("a*c", "ab/c", false)]
    [TestCase("*", "abc", true)]
    [TestCase("refs/heads/*", "refs/heads/main", true)]
    [TestCase("refs/heads/*", "refs/heads/feature/x", false)]
    [TestCase("refs/heads/*", "refs/heads/", false)]
    [TestCase("refs/heads/**", "refs/heads/feature/x", true)]
    [TestCase("refs/heads/**", "refs/heads/", false)]
    [TestCase("refs/heads/**", "refs/headsx/y", false)]
    [TestCase("repo:octo/*:ref:refs/heads/main", "repo:octo/app:ref:refs/heads/main", true)]
    [TestCase("repo:octo/*:ref:refs/heads/main", "repo:octo/app:environment:x:ref:refs/heads/main", false)]
    [TestCase("repo:octo/*:**", "repo:octo/app:pull_request", true)]
    [TestCase("repo:octo/*:**", "repo:octopus/app:pull_request", false)]
    [TestCase("*a*b", "aab", false)]
    [TestCase("*a*b", "xaxb", true)]
    [TestCase("*a*b", "xaaxab", true)]
    [TestCase("a", "a", true)]
    [TestCase("a", "ab", false)]
    [TestCase("a.c", "abc", false)]
    public void A_pattern_goes_by_segments(string pattern, string text, bool matches) =>
        Assert.That(GlobPattern.Matches(pattern, text), Is.EqualTo(matches));

    [TestCase("**")]
    [TestCase("*")]
    [TestCase("")]
    [TestCase("a**")]
    [TestCase("a/**/b")]
    [TestCase("/***")]
    public void A_pattern_that_binds_nothing_or_means_nothing_is_refused(string pattern) =>
        Assert.That(GlobPattern.ProblemOf(pattern), Is.Not.Null);

    [Test]
    public void A_hostile_pattern_and_text_take_no_time()
    {
        var pattern = string.Concat(Enumerable.Repeat("*a", 16));
        var text = new string('a', 16_000) + "b";

        Assert.That(GlobPattern.Matches(pattern, text), Is.False);
    }
}
