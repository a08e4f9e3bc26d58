using Hoop.Shared.Callers;
using Hoop.Shared.Jose;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Jose;

[Parallelizable(ParallelScope.All)]
public sealed class SignatureGateTests
{
    private static readonly object Keys = new();
    private static readonly Refusal Forged = new(TokenRefusalCodes.Signature, "forged");

    [Test]
    public async Task A_forged_token_is_verified_once_a_minute_for_the_same_keys()
    {
        var clock = new FakeClock();
        using var gate = new SignatureGate(clock, places: 1, waiting: 1);
        var verified = 0;

        Assert.That((await Ask(Keys)).Refusal, Is.EqualTo(Forged));
        Assert.That((await Ask(Keys)).Refusal, Is.EqualTo(Forged));
        Assert.That(verified, Is.EqualTo(1), "remembered");
        await Ask(new object());
        Assert.That(verified, Is.EqualTo(2), "other keys may prove it");
        await Ask(Keys);
        clock.Advance(TimeSpan.FromSeconds(61));
        await Ask(Keys);
        Assert.That(verified, Is.EqualTo(4), "not for longer than a minute");

        ValueTask<Verdict<string>> Ask(object keys) => gate.Prove<string>("token", keys, () =>
        {
            verified++;
            return Forged;
        }, CancellationToken.None);
    }

    [TestCase(TokenRefusalCodes.UnknownKey)]
    [TestCase(TokenRefusalCodes.Expired)]
    public async Task What_may_change_by_itself_is_not_remembered(string code)
    {
        using var gate = new SignatureGate(new FakeClock(), places: 1, waiting: 1);
        await gate.Prove<string>("token", Keys, () => new Refusal(code, "for now"), CancellationToken.None);

        Assert.That((await gate.Prove<string>("token", Keys, () => "proven", CancellationToken.None)).Proven, Is.EqualTo("proven"));
    }

    [Test]
    public async Task So_many_are_verified_at_one_time_so_many_wait_and_the_rest_is_told_to_come_again()
    {
        using var gate = new SignatureGate(new FakeClock(), places: 2, waiting: 3);
        using var go = new ManualResetEventSlim();
        using var begun = new CountdownEvent(2);
        var (now, most) = (0, 0);

        var first = Enumerable.Range(0, 2).Select(i => Task.Run(() => Verify($"first-{i}").AsTask())).ToList();
        Assert.That(begun.Wait(TimeSpan.FromSeconds(30)));
        var waiting = Enumerable.Range(0, 3).Select(i => Verify($"waiting-{i}").AsTask()).ToList();
        var turnedAway = await Verify("one too many");

        Assert.That(turnedAway.Refusal!.Code, Is.EqualTo(TokenRefusalCodes.Busy));
        Assert.That(waiting.Where(task => task.IsCompleted), Is.Empty);
        go.Set();
        Assert.That((await Task.WhenAll(first.Concat(waiting))).Select(verdict => verdict.Proven), Has.All.EqualTo("proven"));
        Assert.That(most, Is.LessThanOrEqualTo(2));

        ValueTask<Verdict<string>> Verify(string token) => gate.Prove<string>(token, Keys, () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            if (!begun.IsSet)
            {
                begun.Signal();
            }

            go.Wait();
            Interlocked.Decrement(ref now);
            return "proven";
        }, CancellationToken.None);
    }

    [Test]
    public async Task Whoever_gives_up_waiting_leaves_no_place_taken()
    {
        using var gate = new SignatureGate(new FakeClock(), places: 1, waiting: 1);
        using var go = new ManualResetEventSlim();
        using var begun = new ManualResetEventSlim();
        using var gone = new CancellationTokenSource();
        var holder = Task.Run(() => gate.Prove<string>("holder", Keys, () =>
        {
            begun.Set();
            go.Wait();
            return "proven";
        }, CancellationToken.None).AsTask());
        Assert.That(begun.Wait(TimeSpan.FromSeconds(30)));
        var waiter = gate.Prove<string>("waiter", Keys, () => "proven", gone.Token).AsTask();

        await gone.CancelAsync();
        Assert.That(async () => await waiter, Throws.InstanceOf<OperationCanceledException>());
        go.Set();
        await holder;

        Assert.That((await gate.Prove<string>("next", Keys, () => "proven", CancellationToken.None)).Proven, Is.EqualTo("proven"));
    }

    [Test]
    public async Task What_is_remembered_of_refused_ones_has_its_room_too()
    {
        var clock = new FakeClock();
        using var gate = new SignatureGate(clock, places: 1, waiting: 1, burst: 100_000);
        var (keys, verifications) = (new object(), 0);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var i = 0; i < 50_000; i++)
        {
            await Prove($"token {i} {new string('x', 2_000)}");
        }

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.That(grown, Is.LessThan(16 * 1024 * 1024), "not the tokens themselves");
        await Prove($"token 0 {new string('x', 2_000)}");
        Assert.That(verifications, Is.EqualTo(50_000), "who floods pushes nobody out");
        await Prove($"token 49999 {new string('x', 2_000)}");
        Assert.That(verifications, Is.EqualTo(50_001), "there was no room for it");
        clock.Advance(TimeSpan.FromMinutes(2));
        await Prove($"token 49999 {new string('x', 2_000)}");
        await Prove($"token 49999 {new string('x', 2_000)}");
        Assert.That(verifications, Is.EqualTo(50_002), "and there is again when the others have ended");

        async Task Prove(string token) => await gate.Prove<object>(
            token,
            keys,
            () =>
            {
                verifications++;
                return new Refusal(TokenRefusalCodes.Signature, "bad");
            },
            CancellationToken.None);
    }

    /// <summary>
    /// A count of work, not of time: a verification of ES384 costs some two milliseconds, so what is counted here is the share of the
    /// processors that strangers get, whatever the machine.
    /// </summary>
    [Test]
    public async Task A_flood_of_bad_signatures_is_verified_so_often_and_good_tokens_of_before_cost_it_nothing()
    {
        var clock = new FakeClock();
        using var gate = new SignatureGate(clock, places: 4, waiting: 256);
        var (verified, busy, sent) = (0, 0, 0);
        await Flood(5_000);
        Assert.That((verified, busy), Is.EqualTo((4 * SignatureGate.BurstOfPlace, 5_000 - (4 * SignatureGate.BurstOfPlace))));

        for (var second = 0; second < 30; second++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Flood(2_000);
        }

        var inThirtySeconds = verified - (4 * SignatureGate.BurstOfPlace);
        Assert.That(inThirtySeconds, Is.EqualTo(30 * 4 * SignatureGate.PerSecondOfPlace));
        Assert.That(
            inThirtySeconds * 0.002 / (30 * 4), Is.LessThan(0.3), "of every processor at most 0.3 goes to strangers, at 2 ms a signature");
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That((await gate.Prove<string>("good", Keys, () => "proven", CancellationToken.None)).Proven, Is.EqualTo("proven"));

        async Task Flood(int count)
        {
            for (var i = 0; i < count; i++)
            {
                var verdict = await gate.Prove<string>($"token {sent++}", Keys, () =>
                {
                    verified++;
                    return Forged;
                }, CancellationToken.None);
                busy += verdict.Refusal!.IsForNow ? 1 : 0;
            }
        }
    }

    [Test]
    public async Task Good_tokens_take_nothing_of_the_budget_of_bad_ones()
    {
        using var gate = new SignatureGate(new FakeClock(), places: 1, waiting: 1, burst: 3);
        for (var i = 0; i < 1_000; i++)
        {
            Assert.That((await gate.Prove<string>($"good {i}", Keys, () => "proven", CancellationToken.None)).Accepted);
        }

        for (var i = 0; i < 3; i++)
        {
            Assert.That((await Bad(i)).Refusal, Is.EqualTo(Forged));
        }

        Assert.That((await Bad(3)).Refusal!.Code, Is.EqualTo(TokenRefusalCodes.Busy), "the budget is spent");
        Assert.That((await Bad(2)).Refusal, Is.EqualTo(Forged), "what is known to be bad costs nothing");

        ValueTask<Verdict<string>> Bad(int i) => gate.Prove<string>($"bad {i}", Keys, () => Forged, CancellationToken.None);
    }

    [Test]
    public void The_default_verdict_is_a_refusal()
    {
        Assert.That(default(Verdict<string>).Accepted, Is.False);
        Assert.That(default(Verdict<string>).Refusal!.Code, Is.EqualTo("malformed"));
    }
}
