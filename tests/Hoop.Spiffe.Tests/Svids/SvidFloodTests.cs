using System.Diagnostics;
using System.Net;
using Hoop.Spiffe.Svids;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Svids;

/// <summary>Agents that are known, and strangers who come in numbers with SVIDs that are forged or ever new.</summary>
public sealed class SvidFloodTests
{
    private const string Audience = "hoop-gateway";

    [TestCase("forged")]
    [TestCase("of an unknown key")]
    [TestCase("of an unknown trust domain")]
    [TestCase("good, and new each time")]
    public async Task Known_agents_are_served_while_strangers_flood(string flood)
    {
        await using var issuer = await SpiffeIssuerStandIn.Start("trust.test");
        await using var stranger = await SpiffeIssuerStandIn.Start("stranger.test");
        await using var gateway = await Start(issuer);
        using var known = gateway.As(issuer.MintSvid("spiffe://trust.test/web", Audience));
        Assert.That((await known.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
        using var forger = SigningKey.Create("ES256", issuer.SigningKey.KeyId);
        var remembered = gateway.Services.GetRequiredService<SvidCache>();
        var before = remembered.Count;
        using var stop = new CancellationTokenSource();
        var number = 0;
        var flooding = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var statuses = new List<HttpStatusCode>();
            while (!stop.IsCancellationRequested)
            {
                var id = $"spiffe://trust.test/flood/{Interlocked.Increment(ref number)}";
                using var client = gateway.As(flood switch
                {
                    "forged" => issuer.MintSvid(id, Audience, variant: new TokenVariant { Key = forger }),
                    "of an unknown key" =>
                        issuer.MintSvid(id, Audience, variant: new TokenVariant { Key = SigningKey.Create("ES256", $"unknown-{number}") }),
                    "of an unknown trust domain" =>
                        stranger.MintSvid(id.Replace("trust.", "stranger.", StringComparison.Ordinal), Audience),
                    _ => issuer.MintSvid(id, Audience),
                });
                statuses.Add((await client.Get("/api/userinfo")).Status);
            }

            return statuses;
        })).ToList();

        var slowest = TimeSpan.Zero;
        for (var i = 0; i < 50; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.That((await known.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK), "an agent that was known before");
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
        }

        await stop.CancelAsync();
        var answers = (await Task.WhenAll(flooding)).SelectMany(list => list).ToList();
        var good = flood.StartsWith("good", StringComparison.Ordinal);
        Assert.That(answers, Is.Not.Empty);
        Assert.That(answers, good
            ? Has.All.EqualTo(HttpStatusCode.OK).Or.EqualTo(HttpStatusCode.ServiceUnavailable)
            : Has.All.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(
            remembered.Count - before, good ? Is.LessThanOrEqualTo(answers.Count) : Is.Zero, "what is refused costs no room");
        Assert.That(slowest, Is.LessThan(TimeSpan.FromSeconds(20)));
    }

    [Test]
    public void What_is_remembered_of_good_ones_has_its_room_whatever_comes()
    {
        var fixture = new SvidFixture().With("customer.com", SvidFixture.Curve);
        var cache = new SvidCache(fixture.Clock, capacity: 64);
        var verifier = fixture.Verifier(new JwtSvidOptions([SvidFixture.Audience]), cache);

        for (var i = 0; i < 1_000; i++)
        {
            var token = SvidFixture.Curve.Sign(fixture.Claims($"spiffe://customer.com/agent/{i}"));
            Assert.That(verifier.Verify(token).Accepted, Is.True);
            Assert.That(cache.Count, Is.LessThanOrEqualTo(64));
        }
    }

    private static async Task<TestGateway> Start(SpiffeIssuerStandIn issuer)
    {
        var gateway = await TestGateway.Start(new()
        {
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = "trust.test",
            ["HOOP_SPIFFE_BUNDLE_URL"] = issuer.BundleUrl,
            ["HOOP_SPIFFE_ALLOW_LOOPBACK_HTTP"] = "true",
        });
        await gateway.Operator.Post("/api/agents", new { name = "web" });
        var mapping = new { trust_domain = "trust.test", spiffe_prefix = "spiffe://trust.test/", agent_template = "web" };
        Assert.That((await gateway.Operator.Post("/api/spiffe-mappings", mapping)).Status, Is.EqualTo(HttpStatusCode.Created));
        return gateway;
    }
}
