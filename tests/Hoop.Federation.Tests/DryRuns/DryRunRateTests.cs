using System.Net;
using Hoop.Federation.DryRuns;
using Hoop.Federation.Sessions;
using Hoop.Federation.Tests.Sessions;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.DryRuns;

public sealed class DryRunRateTests : SessionFixture
{
    private const int Most = 30;

    [Test]
    public void A_caller_has_a_bucket_of_its_own_that_fills_again()
    {
        var clock = new FakeClock();
        var rate = new DryRunRate(new SessionLimits(1, 1, 1, TimeSpan.FromDays(1), DryRuns: 30), clock);

        var first = Enumerable.Range(0, Most + 1).Select(_ => rate.Refuses(User())).ToArray();

        Assert.That(first[..Most], Is.All.Null);
        Assert.That(first[^1]?.Code, Is.EqualTo("too_many_dry_runs"));
        Assert.That(first[^1]!.RetryAfter, Is.EqualTo(TimeSpan.FromSeconds(2)).Within(TimeSpan.FromMilliseconds(1)));
        Assert.That(rate.Refuses(User("bob@example.com", "user-2")), Is.Null, "somebody else's is full");

        clock.Advance(TimeSpan.FromSeconds(2.1));
        Assert.That((rate.Refuses(User()), rate.Refuses(User())?.Code), Is.EqualTo(((object?)null, "too_many_dry_runs")));
    }

    [Test]
    public async Task One_try_too_many_mints_nothing_and_is_in_the_trail()
    {
        var settings = Settings();
        settings["HOOP_DRY_RUNS_PER_MINUTE"] = "30";
        await using var gateway = await TestGateway.Start(settings, Play(Agents), Gateway.Connection);
        Reply reply = null!;
        for (var tries = 0; tries <= Most; tries++)
        {
            reply = await gateway.Operator.Post("/api/federation/test", TestFederationExample.Json);
        }

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.TooManyRequests, "too_many_dry_runs")));
        Assert.That(reply.Response.Headers.RetryAfter, Is.Not.Null);
        Assert.That((await Gateway.AuditOf("federation_test"))[^1].Failure, Is.EqualTo("too_many_dry_runs"));
    }
}
