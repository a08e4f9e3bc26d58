using NUnit.Framework;

namespace Hoop.Spiffe.Tests;

/// <summary>Every code point, lone surrogates included, at every kind of position, against <see cref="SpiffeReference"/>.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class CodePointSweepTests
{
    [TestCase("{0}td")]
    [TestCase("t{0}d")]
    [TestCase("td{0}")]
    [TestCase("{0}")]
    public void Trust_domains_allow_exactly_the_listed_characters(string pattern) =>
        Sweep(pattern, text => TrustDomain.TryParse(text, out _, out _), SpiffeReference.IsTrustDomain);

    [TestCase("{0}spiffe://td/path")]
    [TestCase("spiffe:{0}//td/path")]
    [TestCase("spiffe://{0}td/path")]
    [TestCase("spiffe://t{0}d/path")]
    [TestCase("spiffe://td{0}")]
    [TestCase("spiffe://td{0}/path")]
    [TestCase("spiffe://td/{0}path")]
    [TestCase("spiffe://td/pa{0}th")]
    [TestCase("spiffe://td/path{0}")]
    [TestCase("spiffe://td/{0}")]
    [TestCase("spiffe://td/{0}./x")]
    public void Identities_allow_exactly_the_listed_characters(string pattern) =>
        Sweep(pattern, text => SpiffeId.TryParse(text, out _, out _), SpiffeReference.IsId);

    [TestCase("spiffe://{0}td/agent/")]
    [TestCase("spiffe://td{0}/agent/")]
    [TestCase("spiffe://td/{0}agent/")]
    [TestCase("spiffe://td/ag{0}ent")]
    [TestCase("spiffe://td/agent{0}")]
    [TestCase("spiffe://td/agent/{0}")]
    [TestCase("spiffe://td{0}")]
    public void Prefixes_allow_exactly_the_listed_characters(string pattern) =>
        Sweep(pattern, text => SpiffePrefix.TryParse(text, out _, out _), SpiffeReference.IsPrefix);

    [Test]
    public void The_sweep_finds_a_rule_that_is_wrong_in_one_character() =>
        Assert.That(
            () => Sweep("t{0}d", text => TrustDomain.TryParse(text.Replace('\u00AD', 'a'), out _, out _), SpiffeReference.IsTrustDomain),
            Throws.InstanceOf<AssertionException>().With.Message.Contains("00AD"));

    private static void Sweep(string pattern, Predicate<string> parser, Predicate<string> reference)
    {
        var differences = new List<string>();
        var accepted = 0;
        var at = pattern.IndexOf("{0}", StringComparison.Ordinal);
        var (before, after) = (pattern[..at], pattern[(at + 3)..]);
        for (var codePoint = 0; codePoint <= 0x10FFFF; codePoint++)
        {
            var inserted = codePoint is >= 0xD800 and <= 0xDFFF ? ((char)codePoint).ToString() : char.ConvertFromUtf32(codePoint);
            var text = before + inserted + after;
            var expected = reference(text);
            accepted += expected ? 1 : 0;
            if (parser(text) != expected)
            {
                differences.Add($"U+{codePoint:X4}");
            }
        }

        if (differences.Count > 0)
        {
            throw new AssertionException($"{pattern}: {string.Join(' ', differences.Take(20))}");
        }

        Assert.That(accepted, Is.LessThan(128), "the sweep must meet far more illegal than legal characters");
    }
}
