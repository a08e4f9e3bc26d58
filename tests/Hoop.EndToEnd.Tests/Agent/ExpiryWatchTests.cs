using Hoop.Cli.Agent;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>When an agent looks for a newer credential, and when it says that there is none.</summary>
internal sealed class ExpiryWatchTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly FakeClock _clock = new();

    [TestCase(60, 5, Description = "there is time: at the interval")]
    [TestCase(10, 5)]
    [TestCase(8, 4, Description = "never later than half of what is left")]
    [TestCase(1, 0.5)]
    [TestCase(0.1, 0.1, Description = "and not all the time")]
    [TestCase(0, 0.1)]
    [TestCase(-30, 0.1, Description = "over: somebody may renew it yet")]
    public void The_next_look_is_at_the_interval_and_never_later_than_half_of_what_is_left(double left, double expected) =>
        Assert.That(
            new ExpiryWatch(_clock.GetUtcNow() + TimeSpan.FromSeconds(left), _clock).NextLook(Interval),
            Is.EqualTo(TimeSpan.FromSeconds(expected)));

    [Test]
    public void Without_an_end_it_looks_at_the_interval_and_has_nothing_to_say()
    {
        var watch = new ExpiryWatch(expiresAt: null, _clock);

        Assert.That((watch.NextLook(Interval), watch.IsNear(), watch.ExpiresAt), Is.EqualTo((Interval, false, (DateTimeOffset?)null)));
    }

    [Test]
    public void The_end_is_near_once_when_less_than_a_quarter_is_left()
    {
        var clock = new FakeClock();
        var watch = new ExpiryWatch(clock.GetUtcNow() + TimeSpan.FromSeconds(100), clock);

        var early = watch.IsNear();
        clock.Advance(TimeSpan.FromSeconds(75));
        var quarter = watch.IsNear();
        clock.Advance(TimeSpan.FromSeconds(1));
        var (near, again) = (watch.IsNear(), watch.IsNear());

        Assert.That((early, quarter, near, again), Is.EqualTo((false, false, true, false)));
    }

    [Test]
    public void Of_an_end_that_has_passed_it_says_so_once()
    {
        var watch = new ExpiryWatch(_clock.GetUtcNow() - TimeSpan.FromSeconds(1), _clock);

        Assert.That((watch.IsNear(), watch.IsNear()), Is.EqualTo((true, false)));
    }
}
