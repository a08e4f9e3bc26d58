using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests;

public sealed class SpiffeIdTests
{
    [TestCase("spiffe://customer.com/agent/arqa-prod", "customer.com", "/agent/arqa-prod")]
    [TestCase("spiffe://customer.com", "customer.com", "")]
    [TestCase("spiffe://td/a", "td", "/a")]
    [TestCase("spiffe://192.168.1.1/x", "192.168.1.1", "/x")]
    [TestCase("spiffe://-_..-/x", "-_..-", "/x")]
    [TestCase("spiffe://td/...", "td", "/...")]
    [TestCase("spiffe://td/.hidden/a..b/UPPER_lower-1.2", "td", "/.hidden/a..b/UPPER_lower-1.2")]
    public void A_legal_identity_is_kept_byte_for_byte(string text, string trustDomain, string path)
    {
        Assert.That(SpiffeId.TryParse(text, out var id, out var reason), Is.True, reason);
        Assert.Multiple(() =>
        {
            Assert.That(id!.Text, Is.EqualTo(text));
            Assert.That(id.ToString(), Is.EqualTo(text));
            Assert.That(id.TrustDomain.Name, Is.EqualTo(trustDomain));
            Assert.That(id.Path.ToString(), Is.EqualTo(path));
        });
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("spiffe")]
    [TestCase("spiffe:")]
    [TestCase("spiffe:/td/x")]
    [TestCase("spiffe://")]
    [TestCase("spiffe:///x")]
    [TestCase("spiffe:////x")]
    [TestCase("SPIFFE://td/x")]
    [TestCase("Spiffe://td/x")]
    [TestCase(" spiffe://td/x")]
    [TestCase("spiffe://td/x ")]
    [TestCase("spiffe://td/x\n")]
    [TestCase("spiffe://td/x\0")]
    [TestCase("spiffe://td\0/x")]
    [TestCase("http://td/x")]
    [TestCase("spiffe://TD/x")]
    [TestCase("spiffe://td:8080/x")]
    [TestCase("spiffe://user@td/x")]
    [TestCase("spiffe://user:pass@td/x")]
    [TestCase("spiffe://[::1]/x")]
    [TestCase("spiffe://td%2e/x")]
    [TestCase("spiffe://t%64/x")]
    [TestCase("spiffe://t\u00ADd/x")]
    [TestCase("spiffe://t\u200Dd/x")]
    [TestCase("spiffe://b\u00FCcher.de/x")]
    [TestCase("spiffe://t\u0131d/x")]
    [TestCase("spiffe://td/")]
    [TestCase("spiffe://td//x")]
    [TestCase("spiffe://td/x/")]
    [TestCase("spiffe://td/x//y")]
    [TestCase("spiffe://td/a/../b")]
    [TestCase("spiffe://td/a/./b")]
    [TestCase("spiffe://td/..")]
    [TestCase("spiffe://td/.")]
    [TestCase("spiffe://td/../td2/x")]
    [TestCase("spiffe://td/%61")]
    [TestCase("spiffe://td/a%2fb")]
    [TestCase("spiffe://td/%2e%2e/b")]
    [TestCase("spiffe://td/a?b=c")]
    [TestCase("spiffe://td?b")]
    [TestCase("spiffe://td/a#b")]
    [TestCase("spiffe://td#b")]
    [TestCase("spiffe://td/a\\b")]
    [TestCase("spiffe:\\\\td\\x")]
    [TestCase("spiffe://td/a b")]
    [TestCase("spiffe://td/a:b")]
    [TestCase("spiffe://td/a@b")]
    [TestCase("spiffe://td/a;b")]
    [TestCase("spiffe://td/a+b")]
    [TestCase("spiffe://td/*")]
    [TestCase("spiffe://td/a~b")]
    [TestCase("spiffe://td/\u00E9")]
    [TestCase("spiffe://td/ag\u00ADent/x")]
    [TestCase("spiffe://td/\uFF21")]
    [TestCase("spiffe://td/\uD83D\uDE00")]
    [TestCase("\uFEFFspiffe://td/x")]
    public void A_hostile_spelling_is_refused_with_a_reason(string? text)
    {
        Assert.That(SpiffeId.TryParse(text, out var id, out var reason), Is.False);
        Assert.Multiple(() =>
        {
            Assert.That(id, Is.Null);
            Assert.That(reason, Is.Not.Empty);
            Assert.That(reason, Does.Not.Match(@"[^ -~]"), "a reason must be safe to print");
        });
    }

    [TestCase(2048, true)]
    [TestCase(2049, false)]
    public void An_identity_holds_2048_bytes_at_most(int length, bool legal)
    {
        var text = "spiffe://td/" + new string('a', length - 12);
        Assert.That(text, Has.Length.EqualTo(length));
        Assert.That(SpiffeId.TryParse(text, out _, out _), Is.EqualTo(legal));
    }

    [Test]
    public void An_identity_of_2048_bytes_may_consist_of_single_letters()
    {
        var text = "spiffe://td" + string.Concat(Enumerable.Repeat("/a", 1018));
        Assert.That(SpiffeId.TryParse(text, out _, out var reason), Is.True, reason);
    }

    [TestCase(1, true)]
    [TestCase(255, true)]
    [TestCase(256, false)]
    public void A_trust_domain_holds_255_bytes_at_most(int length, bool legal)
    {
        var name = new string('a', length);
        Assert.Multiple(() =>
        {
            Assert.That(TrustDomain.TryParse(name, out _, out _), Is.EqualTo(legal));
            Assert.That(SpiffeId.TryParse("spiffe://" + name + "/x", out _, out _), Is.EqualTo(legal));
        });
    }

    [Test]
    public void Identities_are_equal_exactly_when_their_bytes_are()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Id("spiffe://td/a"), Is.EqualTo(Id("spiffe://td/" + 'a')));
            Assert.That(Id("spiffe://td/a"), Is.Not.EqualTo(Id("spiffe://td/A")));
            Assert.That(Id("spiffe://td/a").TrustDomain, Is.EqualTo(Id("spiffe://td/b").TrustDomain));
        });
    }

    [Test]
    public void A_span_and_a_string_are_parsed_alike() =>
        Prop.ForAll(HostileText(), text =>
            SpiffeId.TryParse(text.AsSpan(), out var one, out var first) == SpiffeId.TryParse(text, out var two, out var second)
                && one == two
                && first == second)
        .QuickCheckThrowOnFailure();

    [Test]
    public void Random_texts_are_judged_like_the_reference_judges_them() =>
        Prop.ForAll(HostileText(), text =>
            SpiffeId.TryParse(text, out _, out _) == SpiffeReference.IsId(text)
            && SpiffePrefix.TryParse(text, out _, out _) == SpiffeReference.IsPrefix(text)
            && TrustDomain.TryParse(text, out _, out _) == SpiffeReference.IsTrustDomain(text))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(20_000));

    [Test]
    public void Candidate_prefixes_are_the_stored_lengths_that_can_match_longest_first()
    {
        var id = Id("spiffe://td/agent/web-1");
        Assert.Multiple(() =>
        {
            Assert.That(id.PrefixesOf([18, 0, 12, -5, 11, 18, 23, 24, int.MaxValue, int.MinValue]), Is.EqualTo(new[]
            {
                "spiffe://td/agent/web-1", "spiffe://td/agent/", "spiffe://td/",
            }));
            Assert.That(
                Id("spiffe://td").PrefixesOf(Enumerable.Range(0, 100)), Is.Empty, "a bare trust domain has no slash to end a prefix");
            Assert.That(id.PrefixOf(11), Is.Null);
            Assert.That(id.PrefixOf(12), Is.EqualTo("spiffe://td/"));
            Assert.That(id.PrefixOf(24), Is.Null);
        });
    }

    [Test]
    public void Every_candidate_is_a_legal_prefix_that_matches() =>
        Prop.ForAll(LegalId(), text =>
        {
            var id = Id(text);
            var candidates = id.PrefixesOf(Enumerable.Range(0, 300));
            return candidates.Length == Math.Max(0, text.Length - "spiffe://".Length - id.TrustDomain.Name.Length)
                && Array.TrueForAll(candidates, candidate => SpiffePrefix.TryParse(candidate, out var prefix, out _) && prefix.Matches(id)
                    && prefix.Text + prefix.WorkloadIdentifier(id) == text);
        }).QuickCheckThrowOnFailure();

    private static SpiffeId Id(string text) =>
        SpiffeId.TryParse(text, out var id, out var reason) ? id : throw new ArgumentException(reason, nameof(text));

    /// <summary>Pieces of identities in random order: near enough to the grammar to reach every rule.</summary>
    private static Arbitrary<string> HostileText() =>
        Gen.Elements(
            "spiffe://",
            "spiffe:",
            "td",
            "customer.com",
            "/",
            "/",
            "/",
            ".",
            "..",
            "a",
            "Z",
            "_",
            "-",
            "%61",
            "?",
            "#",
            ":",
            "@",
            "\\",
            "\0",
            "\u00AD",
            "\uD800",
            " ")
            .ListOf().Select(pieces => string.Concat(pieces)).SelectMany(
                text => Gen.Elements(text, "spiffe://td" + text, "spiffe://" + text)).ToArbitrary();

    private static Arbitrary<string> LegalId() =>
        Gen.Elements("a", "B7", "_x", "a.b", "...", "-")
            .ListOf(8).Select(segments => "spiffe://customer.com" + string.Concat(segments.Select(segment => "/" + segment))).ToArbitrary();
}
