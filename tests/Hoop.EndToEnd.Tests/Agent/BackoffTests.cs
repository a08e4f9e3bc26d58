using Hoop.Cli.Agent;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>When agents come back.</summary>
[Description("P20: after a restart all agents came back in the same second")]
public sealed class BackoffTests
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    [Test]
    public void Two_thousand_agents_are_spread_over_the_whole_of_each_delay()
    {
        var agents = Enumerable.Range(0, 2000).Select(_ => new Backoff(First, Longest)).ToArray();
        foreach (var full in new[] { 2.0, 4.0, 8.0, 8.0, 8.0 })
        {
            var delays = agents.Select(agent => agent.Next().TotalSeconds).ToArray();
            var tenths = delays.GroupBy(delay => (int)(delay / full * 10)).ToDictionary(group => group.Key, group => group.Count());

            // Two hundred are expected in each; a hundred and twenty less or more is a chance of one in 10^15.
            Assert.That(delays, Has.All.GreaterThan(0).And.All.LessThanOrEqualTo(full));
            Assert.That(Enumerable.Range(0, 10).Select(tenth => tenths.GetValueOrDefault(tenth)), Has.All.InRange(80, 320), $"{full} s");
        }
    }

    [Test]
    public void After_a_connection_that_lasted_it_begins_again()
    {
        var backoff = new Backoff(First, Longest);
        for (var tries = 0; tries < 10; tries++)
        {
            backoff.Next();
        }

        backoff.Reset();
        Assert.That(backoff.Next(), Is.LessThanOrEqualTo(First));
    }

    [Test]
    public void What_a_gateway_asks_for_is_kept_and_spread() => Assert.That(
        Enumerable.Range(0, 1000).Select(_ => Backoff.After(TimeSpan.FromSeconds(3)).TotalSeconds),
        Has.All.InRange(3, 6).And.Some.GreaterThan(5).And.Some.LessThan(4));
}
