using Hoop.Shared.Configuration;
using Hoop.Shared.Quotas;
using Hoop.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Quotas;

public sealed class QuotaMemoryTests
{
    private static readonly Guid Org = Guid.NewGuid();

    [Test]
    public void What_is_not_known_is_counted() => Assert.That(new QuotaMemory(new FakeClock()).Take(Org, "agents"), Is.False);

    [TestCase(QuotaMemory.Near - 1, 0)]
    [TestCase(QuotaMemory.Near, 32)]
    [TestCase(1600, 100)]
    public void A_sixteenth_of_the_room_may_come_before_the_next_count(long room, int expected)
    {
        var memory = new QuotaMemory(new FakeClock());
        memory.Remember(Org, "agents", room);

        Assert.That(Enumerable.Range(0, 200).Count(_ => memory.Take(Org, "agents")), Is.EqualTo(expected));
        Assert.That(memory.Take(Org, "mappings"), Is.False, "each kind for itself");
        Assert.That(memory.Take(Guid.NewGuid(), "agents"), Is.False, "and each organization");
    }

    [Test]
    public void It_ends_with_time_with_a_changed_limit_and_with_little_room()
    {
        var clock = new FakeClock();
        var memory = new QuotaMemory(clock);
        memory.Remember(Org, "agents", 16_000);
        Assert.That(memory.Take(Org, "agents"), Is.True);
        clock.Advance(TimeSpan.FromSeconds(31));
        Assert.That(memory.Take(Org, "agents"), Is.False);

        memory.Remember(Org, "agents", 16_000);
        memory.Forget(Org);
        Assert.That(memory.Take(Org, "agents"), Is.False);

        memory.Remember(Org, "agents", 16_000);
        memory.Remember(Org, "agents", 3);
        Assert.That(memory.Take(Org, "agents"), Is.False);
    }

    [Test]
    public void While_work_goes_on_one_creation_counts_anew_and_the_others_do_not_wait_for_it()
    {
        var clock = new FakeClock();
        var memory = new QuotaMemory(clock);
        memory.Remember(Org, "agents", 16_000);
        clock.Advance(TimeSpan.FromSeconds(21));

        Assert.That(memory.Take(Org, "agents"), Is.False);
        Assert.That(memory.Take(Org, "agents"), Is.True, "the others go on with what was counted before");

        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(memory.Take(Org, "agents"), Is.False, "but not for longer when nobody has counted");
    }

    [Test]
    public void Whoever_waited_takes_what_was_counted_meanwhile_and_nothing_older()
    {
        var clock = new FakeClock();
        var memory = new QuotaMemory(clock);
        memory.Remember(Org, "agents", 16_000);
        clock.Advance(TimeSpan.FromSeconds(1));
        var asked = memory.Now;

        Assert.That(memory.Take(Org, "agents", countedAfter: asked), Is.False);
        clock.Advance(TimeSpan.FromSeconds(1));
        memory.Remember(Org, "agents", 16_000);
        Assert.That(memory.Take(Org, "agents", countedAfter: asked), Is.True);
    }

    [TestCase(null, 50)]
    [TestCase("7", 7)]
    [TestCase("0", 0)]
    public void The_operators_setting_counts(string? value, long expected) =>
        Assert.That(Limits(value).Of("trust_domains"), Is.EqualTo(expected));

    [TestCase("-1")]
    [TestCase("many")]
    [TestCase("1e3")]
    [TestCase("10000000000")]
    public void A_wrong_setting_stops_the_start_and_names_its_variable(string value) =>
        Assert.That(() => Limits(value), Throws.InstanceOf<ConfigurationException>().With.Message.Contains("HOOP_QUOTA_TRUST_DOMAINS"));

    private static QuotaLimits Limits(string? value)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            [KeyValuePair.Create("HOOP_QUOTA_TRUST_DOMAINS", value)]).Build();
        return new ServiceCollection().AddQuota(configuration, new Quota("trust_domains", "HOOP_QUOTA_TRUST_DOMAINS", 50, ""))
            .AddSingleton<QuotaLimits>().BuildServiceProvider().GetRequiredService<QuotaLimits>();
    }
}
