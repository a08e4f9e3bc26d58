using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Spiffe.Templates;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Templates;

internal sealed class AgentNameTests
{
    /// <summary>The rule as the resource names have it; the engine without backtracking keeps it from running for ever.</summary>
    private static readonly Regex Rule = new(@"^[a-zA-Z0-9_]+(?:[-\.]?[a-zA-Z0-9_]+){2,253}\z", RegexOptions.NonBacktracking);

    [TestCase("abc")]
    [TestCase("a-b-c")]
    [TestCase("a.b.c")]
    [TestCase("prod-db.eu_1")]
    [TestCase("_default")]
    [TestCase("3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    public void A_resource_name_and_an_id_are_legal(string name) => Assert.That(AgentName.IsLegal(name), Is.True);

    [TestCase("")]
    [TestCase("ab")]
    [TestCase("a-b")]
    [TestCase("-abc")]
    [TestCase("abc-")]
    [TestCase("a--bc")]
    [TestCase("a.-bc")]
    [TestCase("abc\n")]
    [TestCase("a/bc")]
    [TestCase("a bc")]
    [TestCase("äbc")]
    [TestCase("abc\0")]
    [TestCase("<no value>")]
    public void Anything_else_is_not(string name) => Assert.That(AgentName.IsLegal(name), Is.False);

    [Test]
    public void A_name_has_at_most_255_characters()
    {
        Assert.That(AgentName.IsLegal(new string('a', 255)), Is.True);
        Assert.That(AgentName.IsLegal(new string('a', 256)), Is.False);
    }

    [Test]
    public void The_scan_accepts_exactly_what_the_rule_accepts() =>
        Prop.ForAll(
            Gen.Elements("a", "Z", "0", "_", "-", ".", "ab", "x-y", "-.", "é", " ", "\n").ListOf().Select(pieces => string.Concat(pieces)).ToArbitrary(),
            name => AgentName.IsLegal(name) == (name.Length <= 255 && Rule.IsMatch(name)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
}
