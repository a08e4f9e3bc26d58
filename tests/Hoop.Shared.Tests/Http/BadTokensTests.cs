using System.Net;
using Hoop.Shared.Callers;
using Hoop.Shared.Configuration;
using Hoop.Shared.Http;
using Hoop.Testing;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Http;

[Description("A14: bad tokens are limited by where they come from")]
[Parallelizable(ParallelScope.All)]
public sealed class BadTokensTests
{
    private static readonly IPAddress Home = IPAddress.Parse("203.0.113.9");

    [Test]
    public void An_address_shows_so_many_at_once_and_then_so_many_a_second()
    {
        var clock = new FakeClock();
        var bad = new BadTokens(clock, burst: 5, perSecond: 2);

        Assert.That(Show(bad, Home, 8), Is.EqualTo(5));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(Show(bad, Home, 8), Is.EqualTo(2));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.That(Show(bad, Home, 8), Is.EqualTo(5), "never more than at once");
    }

    [Test]
    public void The_refusal_says_when_to_come_again_and_who_comes_then_is_let_through()
    {
        var clock = new FakeClock();
        var bad = new BadTokens(clock, burst: 1, perSecond: 0.25);
        bad.Take(Home);

        var refusal = bad.Take(Home)!;
        Assert.That((refusal.Code, refusal.IsForNow, refusal.RetryAfter), Is.EqualTo((Refusal.TooMany, true, TimeSpan.FromSeconds(4))));
        clock.Advance(refusal.RetryAfter!.Value);
        Assert.That(bad.Take(Home), Is.Null);
    }

    [Test]
    public void What_was_good_costs_nothing()
    {
        var bad = new BadTokens(new FakeClock(), burst: 2, perSecond: 1);
        for (var i = 0; i < 100; i++)
        {
            Assert.That(bad.Take(Home), Is.Null);
            bad.GiveBack(Home);
        }

        for (var i = 0; i < 10; i++)
        {
            bad.GiveBack(Home);
        }

        Assert.That(Show(bad, Home, 5), Is.EqualTo(2), "what is given back does not add up");
    }

    [TestCase("203.0.113.9", "203.0.113.10", false)]
    [TestCase("203.0.113.9", "::ffff:203.0.113.9", true)]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [TestCase("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    public void A14_one_address_is_one_and_of_IPv6_a_network_of_64_bits(string first, string second, bool isOne)
    {
        var bad = new BadTokens(new FakeClock(), burst: 1, perSecond: 1);
        Assert.That(bad.Take(IPAddress.Parse(first)), Is.Null);

        Assert.That(bad.Take(IPAddress.Parse(second)) is not null, Is.EqualTo(isOne));
    }

    [Test]
    public void The_table_is_bounded_and_what_is_over_makes_room()
    {
        var clock = new FakeClock();
        var bad = new BadTokens(clock, burst: 2, perSecond: 1, capacity: 100);
        for (var i = 0; i < 5_000; i++)
        {
            bad.Take(Number(i));
        }

        Assert.That(bad.Count, Is.EqualTo(100));
        Assert.That(bad.Take(Number(9_999)), Is.Not.Null, "those who found no room share a bucket, and it is empty");
        Assert.That(bad.Take(Number(5)), Is.Null, "who has a bucket of its own is not held up by them");
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.That(bad.Take(Number(9_999)), Is.Null);
        Assert.That(bad.Count, Is.EqualTo(1), "full buckets say nothing");

        static IPAddress Number(int i) => new([10, 0, (byte)(i >> 8), (byte)i]);
    }

    [Test]
    public async Task Many_at_once_get_through_exactly_as_often_as_one_after_the_other()
    {
        var bad = new BadTokens(new FakeClock(), burst: 50, perSecond: 1);
        var passed = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => Task.Run(() => bad.Take(Home) is null)));

        Assert.That(passed.Count(one => one), Is.EqualTo(50));
    }

    [TestCase("bad", 2)]
    [TestCase("good", 5)]
    [TestCase("failed", 5)]
    [TestCase("ended by itself", 5)]
    [TestCase("hung up", 2)]
    public async Task What_a_check_does_not_find_bad_is_given_back_also_when_it_fails(string outcome, int looked)
    {
        var bad = new BadTokens(new FakeClock(), burst: 2, perSecond: 1);
        using var request = new CancellationTokenSource();
        var checks = 0;
        for (var i = 0; i < 5; i++)
        {
            try
            {
                var answer = await bad.Check(Home, Check, refusal => new(refusal.Code), request.Token);
                Assert.That(answer, Is.EqualTo(i < checks ? outcome : Refusal.TooMany));
            }
            catch (Exception exception) when (exception is TimeoutException or OperationCanceledException)
            {
                Assert.That(outcome, Is.Not.EqualTo("bad").And.Not.EqualTo("good"));
            }
        }

        Assert.That(checks, Is.EqualTo(looked));

        async ValueTask<(string Outcome, bool IsBad)> Check(CancellationToken cancellationToken)
        {
            checks++;
            await Task.Yield();
            if (outcome == "hung up")
            {
                await request.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }

            return outcome switch
            {
                "failed" => throw new TimeoutException("the database is away"),
                "ended by itself" => throw new OperationCanceledException("of a limit of its own"),
                _ => (outcome, outcome == "bad"),
            };
        }
    }

    [TestCase("0")]
    [TestCase("1")]
    [TestCase("600")]
    public void The_setting_is_of_a_minute_and_zero_is_no_limit(string value)
    {
        var clock = new FakeClock();
        var bad = From(value, clock);
        var perMinute = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
        Show(bad, Home, 2_000);
        clock.Advance(TimeSpan.FromSeconds(5));

        Assert.That(Show(bad, Home, 2_000), Is.EqualTo(perMinute == 0 ? 2_000 : perMinute / 12));
        Assert.That(Show(bad, null, 2_000), Is.EqualTo(2_000), "a transport without addresses");
    }

    [TestCase("-1")]
    [TestCase("many")]
    [TestCase("1.5")]
    public void A_wrong_setting_stops_the_start(string value) =>
        Assert.That(
            () => From(value, new FakeClock()), Throws.InstanceOf<ConfigurationException>().With.Message.Contains(BadTokens.Variable));

    private static BadTokens From(string value, TimeProvider clock) => BadTokens.From(
        new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { [BadTokens.Variable] = value }).Build(),
        clock);

    /// <summary>How many of them get through.</summary>
    private static int Show(BadTokens bad, IPAddress? address, int count) =>
        Enumerable.Range(0, count).Count(_ => bad.Take(address) is null);
}
