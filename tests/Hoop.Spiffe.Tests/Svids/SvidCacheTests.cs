using Hoop.Shared.Jose;
using Hoop.Spiffe.Svids;
using Hoop.Testing.Jose;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Svids;

[Parallelizable(ParallelScope.All)]
public sealed class SvidCacheTests
{
    private static readonly SigningKey Key = SvidFixture.Curve;

    private readonly JwtSvidOptions _options = new([SvidFixture.Audience]);

    [Test]
    public void A_second_look_at_a_token_comes_from_memory()
    {
        var (fixture, cache) = New();
        var verifier = fixture.Verifier(_options, cache);
        var token = Key.Sign(fixture.Claims());
        var first = verifier.Verify(token);
        Assert.Multiple(() =>
        {
            Assert.That(verifier.Verify(token).Proven, Is.SameAs(first.Proven));
            Assert.That(verifier.Verify(new string(token.AsSpan())).Proven, Is.SameAs(first.Proven), "by content, not by reference");
            Assert.That(cache.Count, Is.EqualTo(1));
        });
    }

    [Test]
    public void A_removed_key_ends_what_is_remembered_of_it_at_once()
    {
        var (fixture, cache) = New();
        var verifier = fixture.Verifier(_options, cache);
        var token = Key.Sign(fixture.Claims());
        Assert.That(verifier.Verify(token).Accepted, Is.True);
        fixture.With("customer.com", SvidFixture.Rsa);
        Assert.That(verifier.Verify(token).Refusal?.Code, Is.EqualTo("unknown_key"));
        fixture.With("customer.com", SigningKey.Create(JwsAlgorithm.ES256, Key.KeyId));
        Assert.That(verifier.Verify(token).Refusal?.Code, Is.EqualTo("signature"), "another key under the same name");
        fixture.With("customer.com", """{"keys":[]}""");
        Assert.That(verifier.Verify(token).Refusal?.Code, Is.EqualTo("unknown_key"));
        fixture.Without("customer.com");
        Assert.That(verifier.Verify(token).Refusal?.Code, Is.EqualTo("trust_domain"));
    }

    [Test]
    public void A_refreshed_bundle_is_remembered_anew()
    {
        var (fixture, cache) = New();
        var verifier = fixture.Verifier(_options, cache);
        var token = Key.Sign(fixture.Claims());
        var first = verifier.Verify(token).Proven;
        fixture.With("customer.com", Key);
        var second = verifier.Verify(token).Proven;
        Assert.That(second, Is.Not.Null.And.Not.SameAs(first));
        Assert.That(verifier.Verify(token).Proven, Is.SameAs(second));
        Assert.That(cache.Count, Is.EqualTo(1));
    }

    [Test(Description = "CVE-2026-33496, GHSA-qvp4-rpmr-xwrr")]
    public void A_changed_configuration_judges_anew()
    {
        var (fixture, cache) = New();
        var token = Key.Sign(fixture.Claims());
        Assert.That(fixture.Verifier(_options, cache).Verify(token).Accepted, Is.True);
        var otherAudience = new JwtSvidOptions(["other"]);
        var shorter = new JwtSvidOptions([SvidFixture.Audience], maxLifetime: TimeSpan.FromMinutes(1));
        Assert.Multiple(() =>
        {
            Assert.That(fixture.Verifier(otherAudience, cache).Verify(token).Refusal?.Code, Is.EqualTo("audience"));
            Assert.That(fixture.Verifier(shorter, cache).Verify(token).Refusal?.Code, Is.EqualTo("lifetime"));
            Assert.That(
                cache.Find(token, fixture, new JwtSvidOptions([SvidFixture.Audience])),
                Is.Null,
                "even an equal configuration is another one");
        });
    }

    [Test(Description = "CVE-2025-31123, CVE-2026-9097, GHSA-3rw9-wmc8-8948")]
    public void What_is_remembered_ends_with_the_token()
    {
        var (fixture, cache) = New();
        var verifier = fixture.Verifier(_options, cache);
        var token = Key.Sign(fixture.Claims(seconds: 60));
        Assert.That(verifier.Verify(token).Accepted, Is.True);
        fixture.Clock.Advance(TimeSpan.FromSeconds(89));
        Assert.That(verifier.Verify(token).Accepted, Is.True);
        Assert.That(cache.Find(token, fixture, _options), Is.Not.Null);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(verifier.Verify(token).Refusal?.Code, Is.EqualTo("expired"));
        Assert.That(cache.Find(token, fixture, _options), Is.Null);
    }

    [Test]
    public void Clocks_that_disagree_never_lengthen_a_life()
    {
        var (fixture, cache) = New();
        var verifier = fixture.Verifier(_options, cache);
        var start = fixture.Clock.GetUtcNow();
        var token = Key.Sign(fixture.Claims(seconds: 60));
        Assert.That(verifier.Verify(token).Accepted, Is.True);
        fixture.Clock.SetWallClock(start.AddSeconds(90));
        Assert.That(
            verifier.Verify(token).Refusal?.Code, Is.EqualTo("expired"), "the wall clock is asked although the monotonic one stands");
        fixture.Clock.SetWallClock(start);
        fixture.Clock.Advance(TimeSpan.FromSeconds(90));
        fixture.Clock.SetWallClock(start);
        Assert.That(cache.Find(token, fixture, _options), Is.Null, "set back, the wall clock does not revive what has ended");
    }

    [Test]
    public void Refusals_are_not_remembered()
    {
        var (fixture, cache) = New();
        var verifier = fixture.Verifier(_options, cache);
        var stranger = SigningKey.Create(JwsAlgorithm.ES256, Key.KeyId);
        for (var i = 0; i < 20; i++)
        {
            Assert.That(verifier.Verify(stranger.Sign(fixture.Claims($"spiffe://customer.com/{i}"))).Accepted, Is.False);
            Assert.That(verifier.Verify(Key.Sign(fixture.Claims(aud: "\"other\""))).Accepted, Is.False);
        }

        Assert.That(cache.Count, Is.Zero);
    }

    [Test(Description = "CVE-2024-21662")]
    public void A_full_cache_keeps_what_it_has_and_takes_new_ones_when_old_ones_have_ended()
    {
        var fixture = new SvidFixture().With("customer.com", Key);
        var cache = new SvidCache(fixture.Clock, capacity: 4);
        var verifier = fixture.Verifier(_options, cache);
        var kept = Enumerable.Range(0, 4).Select(
            i => Key.Sign(fixture.Claims($"spiffe://customer.com/{i}", seconds: i < 2 ? 10 : 300))).ToArray();
        var late = Key.Sign(fixture.Claims("spiffe://customer.com/late"));
        Assert.That(kept.Append(late).All(token => verifier.Verify(token).Accepted), Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(cache.Count, Is.EqualTo(4));
            Assert.That(cache.Find(late, fixture, _options), Is.Null);
            Assert.That(kept.All(token => cache.Find(token, fixture, _options) is not null), Is.True);
        });
        fixture.Clock.Advance(TimeSpan.FromSeconds(60));
        Assert.That(verifier.Verify(late).Accepted, Is.True);
        Assert.Multiple(() =>
        {
            Assert.That(cache.Count, Is.EqualTo(3), "two have ended, one has come");
            Assert.That(cache.Find(late, fixture, _options), Is.Not.Null);
        });
    }

    [Test(Description = "CVE-2025-26620, CVE-2026-49998")]
    public async Task A_thousand_parallel_callers_each_get_their_own_identity()
    {
        var (one, two) = (SigningKey.Create(JwsAlgorithm.ES256, "same"), SigningKey.Create(JwsAlgorithm.ES256, "same"));
        var fixture = new SvidFixture().With("one.com", one).With("two.com", two);
        var verifier = fixture.Verifier(_options, new SvidCache(fixture.Clock, capacity: 60));
        var tokens = Enumerable.Range(0, 100).Select(i =>
        {
            var (signer, domain) = i % 2 == 0 ? (one, "one.com") : (two, "two.com");
            var id = $"spiffe://{domain}/agent/{i}";
            var forged = i % 5 == 0;
            return (Token: (forged ? (signer == one ? two : one) : signer).Sign(fixture.Claims(id)), Expected: forged ? null : id);
        }).ToArray();
        var wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(task => Task.Run(() =>
        {
            for (var i = 0; i < 20; i++)
            {
                var (token, expected) = tokens[(task + (i * 7)) % tokens.Length];
                if (verifier.Verify(token).Proven?.SpiffeId.Text != expected)
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        })));
        Assert.That(wrong, Is.Zero);
    }

    [Test]
    public async Task No_token_of_a_removed_key_is_accepted_after_the_swap_while_many_verify()
    {
        var (fixture, cache) = New();
        var verifier = fixture.Verifier(_options, cache);
        var token = Key.Sign(fixture.Claims());
        var late = 0;
        for (var round = 0; round < 20; round++)
        {
            fixture.With("customer.com", Key);
            using var swapped = new ManualResetEventSlim();
            var callers = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
            {
                for (var i = 0; i < 50; i++)
                {
                    var after = swapped.IsSet;
                    if (verifier.Verify(token).Accepted && after)
                    {
                        Interlocked.Increment(ref late);
                    }
                }
            })).ToArray();
            fixture.With("customer.com", SvidFixture.Rsa);
            swapped.Set();
            await Task.WhenAll(callers);
            Assert.That(verifier.Verify(token).Accepted, Is.False);
        }

        Assert.That(late, Is.Zero);
    }

    private static (SvidFixture Fixture, SvidCache Cache) New()
    {
        var fixture = new SvidFixture().With("customer.com", Key, SvidFixture.Rsa);
        return (fixture, new SvidCache(fixture.Clock));
    }
}
