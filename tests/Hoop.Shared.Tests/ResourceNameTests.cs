using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace Hoop.Shared.Tests;

internal sealed class ResourceNameTests
{
    /// <summary>The rule as the resource names have it; the engine without backtracking keeps it from running for ever.</summary>
    private static readonly Regex Rule = new(@"^[a-zA-Z0-9_]+(?:[-\.]?[a-zA-Z0-9_]+){2,253}\z", RegexOptions.NonBacktracking);

    [TestCase("abc")]
    [TestCase("a-b-c")]
    [TestCase("a.b.c")]
    [TestCase("prod-db.eu_1")]
    [TestCase("_default")]
    [TestCase("3f2504e0-4f89-11d3-9a0c-0305e82c3301")]
    public void A_resource_name_and_an_id_are_legal(string name) => Assert.That(ResourceName.IsValid(name), Is.True);

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
    public void Anything_else_is_not(string name) => Assert.That(ResourceName.IsValid(name), Is.False);

    [Test]
    public void A_name_has_at_most_254_characters()
    {
        Assert.That(ResourceName.IsValid(new string('a', 254)), Is.True);
        Assert.That(ResourceName.IsValid(new string('a', 255)), Is.False);
    }

    [Test]
    public void The_scan_accepts_exactly_what_the_rule_accepts() =>
        Prop.ForAll(
            Gen.Elements(
                "a",
                "Z",
                "0",
                "_",
                "-",
                ".",
                "ab",
                "x-y",
                "-.",
                "é",
                " ",
                "\n").ListOf().Select(pieces => string.Concat(pieces)).ToArbitrary(),
            name => ResourceName.IsValid(name) == (name.Length <= 254 && Rule.IsMatch(name)))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
}
