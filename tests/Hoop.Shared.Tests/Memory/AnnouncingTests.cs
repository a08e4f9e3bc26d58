using System.Collections.Concurrent;
using Hoop.Shared.Memory;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Memory;

public sealed class AnnouncingTests
{
    private TwoGateways _gateways = null!;

    private CoherentMemory Memory => _gateways.First.Services.GetRequiredService<CoherentMemory>();

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateways = await TwoGateways.Start();
        await _gateways.First.Remembers();
        await _gateways.Second.Remembers();
    }

    [OneTimeTearDown]
    public async Task Stop() => await _gateways.DisposeAsync();

    [Test]
    public async Task What_one_gateway_announces_the_other_has_heard_when_the_call_returns()
    {
        var heard = new ConcurrentQueue<string?>();
        using var subscription = Memory.Subscribe("things", heard.Enqueue);

        var confirmed = await Announce(_gateways.Second, ("things", "one"), ("others", "two"), ("things", "with blanks, ✓ and \"quotes\""));

        Assert.Multiple(() =>
        {
            Assert.That(confirmed, Is.True);
            Assert.That(heard, Is.EqualTo(new[] { "one", "with blanks, ✓ and \"quotes\"" }));
        });
    }

    [Test]
    public async Task The_announcing_call_waits_until_subscribers_elsewhere_have_followed()
    {
        var followed = new TaskCompletionSource();
        using var subscription = Memory.Subscribe("slow", _ => followed.Task);

        var call = Announce(_gateways.Second, ("slow", "one"));
        Assert.That(call.IsCompleted, Is.False);
        followed.SetResult();

        Assert.That(await call, Is.True);
    }

    [Test(Description = "M3: a subscriber that never ends delays the call by a bounded time, and no announcement after it")]
    public async Task A_subscriber_that_does_not_end_delays_only_its_own_call_and_not_for_long()
    {
        var never = new TaskCompletionSource();
        using var subscription = Memory.Subscribe("stuck", _ => never.Task);

        var stuck = Announce(_gateways.Second, ("stuck", "one"));
        var other = await Announce(_gateways.Second, ("free", "two"));

        Assert.Multiple(async () =>
        {
            Assert.That(other, Is.True);
            Assert.That(await stuck, Is.True);
        });
    }

    [Test]
    public async Task A_subscriber_that_fails_does_not_silence_the_others()
    {
        var heard = new ConcurrentQueue<string?>();
        using var broken = Memory.Subscribe("mixed", (Action<string?>)(_ => throw new InvalidOperationException("broken on purpose")));
        using var well = Memory.Subscribe("mixed", heard.Enqueue);

        await Announce(_gateways.Second, ("mixed", "one"));
        await Announce(_gateways.Second, ("mixed", "two"));

        Assert.That(heard, Is.EqualTo(new[] { "one", "two" }));
    }

    [Test]
    public async Task A_disposed_subscription_hears_nothing()
    {
        var heard = 0;
        var subscription = Memory.Subscribe("gone", (Action<string?>)(_ => heard++));

        await Memory.Changed("gone", "one");
        subscription.Dispose();
        await Memory.Changed("gone", "two");

        Assert.That(heard, Is.EqualTo(1));
    }

    [Test(Description = "M5: many keys, also of many bytes, are several messages or the whole topic, never an error")]
    public async Task So_many_changes_that_they_fit_in_no_message_are_heard_all_the_same()
    {
        var heard = new ConcurrentQueue<string?>();
        using var subscription = Memory.Subscribe("many", heard.Enqueue);

        var few = await Announce(_gateways.Second, [.. Enumerable.Range(0, 300).Select(index => ("many", $"Schlüssel-✓-{index}"))]);
        var several = heard.ToArray();
        var most = await Announce(_gateways.Second, [.. Enumerable.Range(0, 50_000).Select(index => ("many", $"Schlüssel-✓-{index}"))]);

        Assert.Multiple(() =>
        {
            Assert.That(few && most, Is.True);
            Assert.That(several, Has.Length.EqualTo(300).And.None.Null);
            Assert.That(heard.Skip(300), Is.EqualTo(new string?[] { null }), "50,000 keys are the whole topic");
        });
    }

    private static Task<bool> Announce(TestGateway gateway, params (string Topic, string Key)[] changes) =>
        gateway.Services.GetRequiredService<Announcer>().Announce([.. changes.Select(change => new Change(change.Topic, change.Key))]);
}
