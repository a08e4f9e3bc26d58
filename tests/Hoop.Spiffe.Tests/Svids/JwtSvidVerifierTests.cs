using FsCheck;
using FsCheck.Fluent;
using Hoop.Shared.Callers;
using Hoop.Shared.Jose;
using Hoop.Spiffe.Svids;
using Hoop.Testing.Jose;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Svids;

[Parallelizable(ParallelScope.All)]
public sealed class JwtSvidVerifierTests
{
    private readonly SvidFixture _fixture = new SvidFixture().With("customer.com", SvidFixture.Rsa, SvidFixture.Curve);

    private static SigningKey Rsa => SvidFixture.Rsa;

    [Test]
    public void A_good_svid_is_accepted_and_its_contents_are_kept()
    {
        var verdict = _fixture.Verifier().Verify(Rsa.Sign(_fixture.Claims(aud: "[\"other\",\"hoop-gateway\"]")));
        Assert.That(verdict.Accepted, Is.True, verdict.Refusal?.Reason);
        Assert.Multiple(() =>
        {
            Assert.That(verdict.Refusal, Is.Null);
            Assert.That(verdict.Proven!.SpiffeId.Text, Is.EqualTo("spiffe://customer.com/agent/arqa-prod"));
            Assert.That(verdict.Proven.TrustDomain.Name, Is.EqualTo("customer.com"));
            Assert.That(verdict.Proven.Audience, Is.EqualTo(new[] { "other", "hoop-gateway" }));
            Assert.That(verdict.Proven.ExpiresAt, Is.EqualTo(_fixture.Clock.GetUtcNow().AddMinutes(5)));
            Assert.That(verdict.Proven.IssuedAt, Is.EqualTo(_fixture.Clock.GetUtcNow()));
            Assert.That(verdict.Proven.KeyId, Is.EqualTo("rsa"));
        });
    }

    [Test]
    public void Every_algorithm_of_the_standard_is_accepted_and_no_other([Values] JwsAlgorithm algorithm)
    {
        var key = algorithm.KeyKind() == JwsKeyKind.Rsa ? Rsa.As(algorithm) : SigningKey.Create(algorithm, "curve");
        var fixture = new SvidFixture().With("customer.com", key);
        Assert.That(
            fixture.Refuse(key.Sign(fixture.Claims())),
            algorithm == JwsAlgorithm.EdDSA ? Is.EqualTo("unknown_key") : Is.Null,
            "JWT-SVID section 2.1 does not list EdDSA");
    }

    [TestCase(300, "hoop-gateway", "no_keys")]
    [TestCase(-300, "hoop-gateway", "expired")]
    [TestCase(300, "other", "audience")]
    public void Without_a_bundle_of_its_trust_domain_a_token_is_not_called_bad_unless_it_is_with_any(int seconds, string aud, string code)
    {
        var fixture = new SvidFixture { Awaited = "customer.com" };
        var token = Rsa.Sign(fixture.Claims(aud: $"\"{aud}\"", seconds: seconds));

        Assert.That(fixture.Refuse(token), Is.EqualTo(code));
        fixture.Awaited = null;
        Assert.That(fixture.Refuse(token), Is.EqualTo("trust_domain"), "nobody has heard of it");
    }

    [TestCase(null, null)]
    [TestCase("\"JWT\"", null)]
    [TestCase("\"JOSE\"", null)]
    [TestCase("\"jwt\"", "type")]
    [TestCase("\"at+jwt\"", "type")]
    [TestCase("\"application/at+jwt\"", "type")]
    [TestCase("\"JWT \"", "type")]
    [TestCase("\"wit+jwt\"", "type")]
    [TestCase("\"\"", "type")]
    [TestCase("null", "malformed")]
    [TestCase("1", "malformed")]
    public void Typ_is_absent_or_JWT_or_JOSE(string? type, string? code)
    {
        var header = type is null ? """{"alg":"RS256","kid":"rsa"}""" : $$"""{"alg":"RS256","kid":"rsa","typ":{{type}}}""";
        Assert.That(_fixture.Refuse(Rsa.Sign(header, _fixture.Claims())), Is.EqualTo(code));
    }

    [TestCase("\"hoop-gateway\"", null)]
    [TestCase("[\"hoop-gateway\"]", null)]
    [TestCase("[\"a\",\"hoop-gateway\"]", null)]
    [TestCase("\"second\"", null)]
    [TestCase("\"Hoop-Gateway\"", "audience")]
    [TestCase("\"hoop-gateway/\"", "audience")]
    [TestCase("\"hoop-gateway \"", "audience")]
    [TestCase("\"hoop\"", "audience")]
    [TestCase("\"xhoop-gatewayx\"", "audience")]
    [TestCase("\"a,hoop-gateway\"", "audience")]
    [TestCase("\"a hoop-gateway\"", "audience")]
    [TestCase("\"hoop-gate\\u00adway\"", "audience")]
    [TestCase("\"hoop-gateway\\u0000\"", "audience")]
    [TestCase("\"*\"", "audience")]
    [TestCase("\"\"", "audience")]
    [TestCase("[]", "audience")]
    [TestCase("[\"\"]", "audience")]
    [TestCase("null", "malformed")]
    [TestCase("[\"hoop-gateway\",1]", "malformed")]
    [TestCase("{\"hoop-gateway\":true}", "malformed")]
    [Description("CVE-2024-5798, CVE-2020-26160, CVE-2023-22482, CVE-2026-55669: aud is compared whole and exactly, in both of its forms")]
    public void Aud_names_a_configured_audience_exactly_CVE_2024_5798_CVE_2020_26160(string aud, string? code) =>
        Assert.That(_fixture.Refuse(Rsa.Sign(_fixture.Claims(aud: aud)), new JwtSvidOptions(["hoop-gateway", "second"])), Is.EqualTo(code));

    [Test]
    public void A_token_without_aud_or_sub_or_exp_is_refused() => Assert.Multiple(() =>
    {
        Assert.That(_fixture.Refuse(Rsa.Sign("""{"sub":"spiffe://customer.com/a","exp":4102444800}""")), Is.EqualTo("audience"));
        Assert.That(_fixture.Refuse(Rsa.Sign("""{"aud":"hoop-gateway","exp":4102444800}""")), Is.EqualTo("subject"));
        Assert.That(
            _fixture.Refuse(Rsa.Sign("""{"aud":"hoop-gateway","sub":"spiffe://customer.com/a"}""")),
            Is.EqualTo("malformed"),
            "SPIRE 1.12.3");
        Assert.That(
            _fixture.Refuse(Rsa.Sign("""{"aud":"hoop-gateway","sub":"spiffe://customer.com/a","exp":"4102444800"}""")),
            Is.EqualTo("malformed"));
        Assert.That(
            _fixture.Refuse(Rsa.Sign("""{"aud":"hoop-gateway","sub":"spiffe://customer.com/a","exp":4102444800,"nbf":"0"}""")),
            Is.EqualTo("malformed"));
    });

    [TestCase("spiffe://customer.com", null)]
    [TestCase("spiffe://customer.com/", "subject")]
    [TestCase("spiffe://Customer.com/agent", "subject")]
    [TestCase("SPIFFE://customer.com/agent", "subject")]
    [TestCase("spiffe://customer.com:443/agent", "subject")]
    [TestCase("spiffe://customer.com@other.com/agent", "subject")]
    [TestCase("spiffe://customer.com/agent/../root", "subject")]
    [TestCase("spiffe://customer.com/%61gent", "subject")]
    [TestCase("spiffe://customer.com/agent\\u0000", "subject")]
    [TestCase("spiffe://customer.com/ag\\u00adent", "subject")]
    [TestCase("spiffe:\\/\\/customer.com\\/agent", null)]
    [TestCase("customer.com/agent", "subject")]
    [TestCase("arqa@customer.com", "subject")]
    [TestCase("", "subject")]
    [TestCase("spiffe://other.com/agent", "trust_domain")]
    [TestCase("spiffe://customer.com.evil/agent", "trust_domain")]
    [TestCase("spiffe://sub.customer.com/agent", "trust_domain")]
    public void Sub_is_a_spiffe_id_of_a_configured_trust_domain(string sub, string? code) =>
        Assert.That(_fixture.Refuse(Rsa.Sign(_fixture.Claims(sub))), Is.EqualTo(code));

    [Test(Description = "CVE-2026-49998, SPIFFE Federation 7.3")]
    public void Keys_of_one_trust_domain_never_speak_for_another()
    {
        var (ours, theirs) = (SigningKey.Create(JwsAlgorithm.ES256, "same-kid"), SigningKey.Create(JwsAlgorithm.ES256, "same-kid"));
        var fixture = new SvidFixture().With("a.com", ours).With("b.com", theirs);
        var (a, b) = (fixture.Claims("spiffe://a.com/x"), fixture.Claims("spiffe://b.com/x"));
        Assert.Multiple(() =>
        {
            Assert.That(fixture.Refuse(ours.Sign(a)), Is.Null);
            Assert.That(fixture.Refuse(theirs.Sign(b)), Is.Null);
            Assert.That(fixture.Refuse(theirs.Sign(a)), Is.EqualTo("signature"));
            Assert.That(fixture.Refuse(ours.Sign(b)), Is.EqualTo("signature"));
            Assert.That(
                fixture.With("b.com", theirs.As(keyId: "other")).Refuse(theirs.As(keyId: "other").Sign(a)),
                Is.EqualTo("unknown_key"),
                "the kid of another bundle is unknown here");
        });
    }

    [Test]
    public void Kid_is_demanded_and_exact() => Assert.Multiple(() =>
    {
        Assert.That(
            _fixture.Refuse(Rsa.Sign("""{"alg":"RS256"}""", _fixture.Claims())),
            Is.EqualTo("malformed"),
            "one fitting key in the bundle is no reason to try it");
        Assert.That(_fixture.Refuse(Rsa.Sign("""{"alg":"RS256","kid":"RSA"}""", _fixture.Claims())), Is.EqualTo("unknown_key"));
        Assert.That(
            _fixture.Refuse(Rsa.Sign("""{"alg":"RS256","kid":"p256"}""", _fixture.Claims())),
            Is.EqualTo("algorithm"),
            "the key decides the algorithm");
    });

    [TestCase(30, 0, null)]
    [TestCase(0, 0, null)]
    [TestCase(-29, 0, null)]
    [TestCase(-30, 0, "expired")]
    [TestCase(-3600, 0, "expired")]
    [TestCase(600, 0, null)]
    [TestCase(601, 0, "lifetime")]
    [TestCase(300, 30, null)]
    [TestCase(300, 31, "not_yet_valid")]
    [Description("CVE-2020-15222, CVE-2020-5300: a bearer token can be replayed until exp, so exp is capped")]
    public void Times_have_thirty_seconds_of_leeway_and_a_cap(int expires, int starts, string? code)
    {
        var now = _fixture.Clock.GetUtcNow().ToUnixTimeSeconds();
        var options = new JwtSvidOptions([SvidFixture.Audience], maxLifetime: TimeSpan.FromMinutes(10));
        Assert.Multiple(() =>
        {
            foreach (var claim in new[] { "nbf", "iat" })
            {
                var token = Rsa.Sign(
                    $$"""{"sub":"spiffe://customer.com/a","aud":"hoop-gateway","exp":{{now + expires}},"{{claim}}":{{now + starts}}}""");
                Assert.That(_fixture.Refuse(token, options), Is.EqualTo(code), claim);
            }
        });
    }

    [Test]
    public void Without_a_cap_any_lifetime_is_accepted() =>
        Assert.That(_fixture.Refuse(Rsa.Sign("""{"sub":"spiffe://customer.com/a","aud":"hoop-gateway","exp":253402300799}""")), Is.Null);

    [Test]
    public void Leeway_audiences_and_cap_are_checked_when_options_are_made() => Assert.Multiple(() =>
    {
        Assert.That(() => new JwtSvidOptions([]), Throws.ArgumentException);
        Assert.That(() => new JwtSvidOptions(["a", ""]), Throws.ArgumentException);
        Assert.That(() => new JwtSvidOptions(["a"], TimeSpan.FromSeconds(61)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new JwtSvidOptions(["a"], TimeSpan.FromTicks(-1)), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new JwtSvidOptions(["a"], maxLifetime: TimeSpan.Zero), Throws.InstanceOf<ArgumentOutOfRangeException>());
    });

    [Test(Description = "CVE-2026-53471, CVE-2026-50141")]
    public void Private_claims_give_nothing()
    {
        var token = Rsa.Sign(_fixture.Claims()[..^1] + ""","groups":["admin"],"org_id":"other","agent_id":"x","role":"admin"}""");
        Assert.That(_fixture.Verifier().Verify(token).Proven?.ToString(), Does.Not.Contain("admin").And.Not.Contain("other"));
    }

    [Test]
    public void A_default_verdict_counts_as_refused()
    {
        var verdict = default(Verdict<JwtSvid>);
        Assert.That((verdict.Accepted, verdict.Refusal?.Code), Is.EqualTo((false, "malformed")));
    }

    [Test]
    public void Any_single_character_of_a_good_token_matters_and_nothing_throws()
    {
        var good = SvidFixture.Curve.Sign(_fixture.Claims());
        var verifier = _fixture.Verifier(cache: new SvidCache(_fixture.Clock));
        Assert.That(verifier.Verify(good).Accepted, Is.True);
        var mutation = Gen.Choose(0, good.Length - 1).SelectMany(at => Gen.OneOf(
            Gen.Choose(0x20, 0x7E).Select(character => good[..at] + (char)character + good[(at + 1)..]),
            Gen.Choose(0, 0xFFFF).Select(character => good.Insert(at, ((char)character).ToString())),
            Gen.Constant(good.Remove(at, 1)))).Where(token => token != good);
        Prop.ForAll(mutation.ToArbitrary(), token => !verifier.Verify(token).Accepted).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    [Test]
    public void Any_claims_are_judged_without_throwing()
    {
        var value = Gen.Elements(
            "1",
            "null",
            "\"a\"",
            "[]",
            "{}",
            "\"spiffe://customer.com/a\"",
            "\"hoop-gateway\"",
            "1e400",
            "4102444800",
            "-1",
            "[\"\\ud800\"]",
            "\"\\u0000\"",
            "tru",
            "\"");
        var member = Gen.Elements(
            "sub",
            "aud",
            "exp",
            "nbf",
            "iat",
            "iss",
            "jti",
            "s\\u0075b",
            "x").SelectMany(name => value.Select(text => $"\"{name}\":{text}"));
        Prop.ForAll(member.ListOf().Select(members => "{" + string.Join(',', members) + "}").ToArbitrary(), claims =>
        {
            var accepted = _fixture.Refuse(SvidFixture.Curve.Sign(claims)) is null;
            return !accepted
                || (claims.Contains("spiffe://customer.com/a") && claims.Contains("hoop-gateway") && claims.Contains("4102444800"));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1_000));
    }

    [TestCase(JwsAlgorithm.RS256)]
    [TestCase(JwsAlgorithm.PS256)]
    [TestCase(JwsAlgorithm.ES256)]
    public void Verifying_a_good_token_allocates_at_most_one_kilobyte_beyond_what_the_bare_signature_check_does(JwsAlgorithm algorithm)
    {
        var key = algorithm == JwsAlgorithm.ES256 ? SvidFixture.Curve : Rsa.As(algorithm);
        var (verifier, token) = (_fixture.Verifier(), key.Sign(_fixture.Claims()));
        var bare = _fixture.Find(SvidFixture.Domain("customer.com"))!.Keys.Find(key.KeyId, algorithm)!;
        var input = new byte[500];
        var signature = key.Signature(input);
        var whole = Allocated(() => verifier.Verify(token).Accepted);
        var signatureAlone = Allocated(() => bare.Verify(algorithm, input, signature));
        Assert.That(whole - signatureAlone, Is.LessThanOrEqualTo(1024));
        TestContext.Out.WriteLine($"{algorithm}: {whole} B, of which the signature check {signatureAlone} B");
    }

    /// <summary>Bytes a call, after warming up.</summary>
    private static long Allocated(Func<bool> verify)
    {
        const int Calls = 50;
        var accepted = 0;
        var before = 0L;
        for (var i = 0; i < 2 * Calls; i++)
        {
            before = i == Calls ? GC.GetAllocatedBytesForCurrentThread() : before;
            accepted += verify() ? 1 : 0;
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(accepted, Is.EqualTo(2 * Calls));
        return allocated / Calls;
    }
}
