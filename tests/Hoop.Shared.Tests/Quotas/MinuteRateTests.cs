using Hoop.Shared.Quotas;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Quotas;

public sealed class MinuteRateTests
{
    [TestCase(1)]
    [TestCase(7)]
    [TestCase(600)]
    public void Each_key_has_so_many_at_once_and_one_more_after_its_part_of_a_minute(int most)
    {
        var clock = new FakeClock();
        var rate = new MinuteRate<string>(most, clock);

        var first = Enumerable.Range(0, most).Select(_ => rate.Take("a")).ToArray();
        var wait = rate.Take("a");

        Assert.That(first, Is.All.Null);
        Assert.That(wait, Is.EqualTo(TimeSpan.FromMinutes(1) / most).Within(TimeSpan.FromMilliseconds(1)));
        Assert.That(rate.Take("b"), Is.Null, "somebody else's is full");

        clock.Advance(wait!.Value + TimeSpan.FromMilliseconds(1));
        Assert.That((rate.Take("a"), rate.Take("a") is null), Is.EqualTo(((TimeSpan?)null, false)));
    }

    [Test]
    public void What_is_given_back_may_be_taken_again_and_is_no_credit()
    {
        var clock = new FakeClock();
        var rate = new MinuteRate<string>(2, clock);
        rate.Return("a");
        foreach (var _ in Enumerable.Range(0, 100))
        {
            Assert.That(rate.Take("a"), Is.Null);
            rate.Return("a");
        }

        Assert.That((rate.Take("a"), rate.Take("a"), rate.Take("a") is null), Is.EqualTo(((TimeSpan?)null, (TimeSpan?)null, false)));
    }

    [Test]
    public async Task Many_at_once_get_no_more_together()
    {
        var rate = new MinuteRate<int>(50, new FakeClock());

        var taken = await Task.WhenAll(Enumerable.Range(0, 400).Select(_ => Task.Run(() => rate.Take(1))));

        Assert.That(taken.Count(wait => wait is null), Is.EqualTo(50));
    }

    [Test]
    public void Keys_that_come_and_go_do_not_pile_up()
    {
        var rate = new MinuteRate<int>(1, new FakeClock());

        foreach (var key in Enumerable.Range(0, 10_001))
        {
            rate.Take(key);
        }

        Assert.That(rate.Take(0), Is.Null, "the first is forgotten");
        Assert.That(rate.Take(10_000), Is.Not.Null, "the last is not");
    }
}
