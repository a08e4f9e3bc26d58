using Hoop.Shared.Memory;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Memory;

public sealed class RememberedTests
{
    private TestGateway _gateway = null!;
    private Remembered<int, string> _remembered = null!;
    private int _reads;

    private CoherentMemory Memory => _gateway.Services.GetRequiredService<CoherentMemory>();

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start();

    [SetUp]
    public async Task Empty()
    {
        await _gateway.Remembers();
        _reads = 0;
        _remembered = Of(capacity: 1000);
    }

    [OneTimeTearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [Test]
    public async Task What_was_read_once_is_read_again_only_after_it_changed()
    {
        await Get(1);
        await Get(1);
        var before = _reads;

        await Memory.Changed("things", "2");
        await Get(1);
        var other = _reads;
        await Memory.Changed("things", "1");
        await Get(1);

        Assert.That((before, other, _reads), Is.EqualTo((1, 1, 2)));
    }

    [Test]
    public async Task A_refusal_is_not_remembered()
    {
        var first = await Get(1, (_, _) => Refused());
        var second = await Get(1, (_, _) => Refused());

        Assert.That((first.Refusal, second.Refusal, _reads, _remembered.Count), Is.EqualTo(("no", "no", 2, 0)));

        static Task<Found<string>> Refused() => Task.FromResult(new Found<string>(null, "no"));
    }

    [Test(Description = "M6: the first of 100 callers hangs up; the others are answered by the one read")]
    public async Task The_first_caller_may_hang_up()
    {
        var answer = new TaskCompletionSource();
        using var hangUp = new CancellationTokenSource();
        var first = Get(1, Slow, hangUp.Token);
        var others = Enumerable.Range(0, 99).Select(_ => Get(1, Slow)).ToArray();

        await hangUp.CancelAsync();
        answer.SetResult();
        var answers = await Task.WhenAll(others);

        Assert.Multiple(() =>
        {
            Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
            Assert.That(answers.Select(one => one.Value), Is.All.EqualTo("value 1"));
            Assert.That(_reads, Is.EqualTo(1));
        });

        async Task<Found<string>> Slow(IServiceProvider services, CancellationToken cancellationToken)
        {
            await answer.Task.WaitAsync(cancellationToken);
            return Value(1, services);
        }
    }

    [Test]
    public async Task Nobody_joins_a_read_that_began_before_a_change()
    {
        var (begun, answer) = (new TaskCompletionSource(), new TaskCompletionSource());
        var early = Get(1, async (services, cancellationToken) =>
        {
            services.GetRequiredService<Dependencies>().On("things", "1");
            begun.TrySetResult();
            await answer.Task.WaitAsync(cancellationToken);
            return new Found<string>("old");
        });
        await begun.Task;

        await Memory.Changed("things", "1");
        var late = await Get(1);
        answer.SetResult();

        Assert.Multiple(async () =>
        {
            Assert.That(late.Value, Is.EqualTo("value 1"));
            Assert.That((await early).Value, Is.EqualTo("old"), "it began before the change");
            Assert.That(_remembered.Find(1), Is.EqualTo("value 1"), "what was read before the change is not stored after it");
        });
    }

    [Test(Description = "M8: an error renews no verdict")]
    public async Task After_a_change_a_read_that_fails_leaves_nothing()
    {
        await Get(1);
        await Memory.Changed("things", "1");

        Assert.That(
            async () => await Get(1, (_, _) => throw new TimeoutException("the database is away")), Throws.InstanceOf<TimeoutException>());
        Assert.That(_remembered.Find(1), Is.Null);
    }

    [Test(Description = "M11: after everything was dropped, one read a key, and only so many at once")]
    public async Task A_thousand_callers_after_a_drop_make_few_reads_at_once()
    {
        var (gate, running, most) = (new Lock(), 0, 0);
        await Memory.Forget();

        await Task.WhenAll(Enumerable.Range(0, 1000).Select(index => Get(index % 100, async (services, _) =>
        {
            lock (gate)
            {
                most = Math.Max(most, ++running);
            }

            await Task.Yield();
            lock (gate)
            {
                running--;
            }

            return Value(index % 100, services);
        })));

        Assert.Multiple(() =>
        {
            Assert.That(_reads, Is.EqualTo(100));
            Assert.That(most, Is.LessThanOrEqualTo(Remembered.ReadsAtOnce));
        });
    }

    [Test]
    public async Task What_has_no_room_is_answered_and_not_remembered()
    {
        _remembered = Of(capacity: 10);
        for (var key = 0; key < 25; key++)
        {
            Assert.That((await Get(key)).Value, Is.EqualTo($"value {key}"));
        }

        Assert.Multiple(() =>
        {
            Assert.That(_remembered.Count, Is.EqualTo(10));
            Assert.That(_remembered.Find(0), Is.EqualTo("value 0"), "nobody pushes out what was there");
        });
    }

    [Test(Description = "M7: reading does not prolong")]
    public async Task An_end_that_was_set_holds_however_often_it_is_read()
    {
        await Get(1, (services, _) =>
        {
            services.GetRequiredService<Dependencies>().NoLongerThan(TimeSpan.FromMilliseconds(50));
            return Task.FromResult(Value(1, services));
        });

        await Eventually.True(() => _remembered.Find(1) is null, () => "it is still there", TimeSpan.FromSeconds(5));
    }

    [Test]
    public void Who_declares_nothing_cannot_be_remembered() => Assert.That(
        async () => await Get(1, (_, _) => Task.FromResult(new Found<string>("baseless"))),
        Throws.InvalidOperationException.With.Message.Contains("rests on"));

    private static Found<string> Value(int key, IServiceProvider services)
    {
        services.GetRequiredService<Dependencies>().On("things", $"{key}");
        return new Found<string>($"value {key}");
    }

    private Task<Found<string>> Get(int key) => Get(key, (services, _) => Task.FromResult(Value(key, services)));

    private Task<Found<string>> Get(
        int key,
        Func<IServiceProvider, CancellationToken, Task<Found<string>>> read,
        CancellationToken cancellationToken = default) =>
        _remembered.Get(
            key,
            _gateway.Services,
            (services, cancel) =>
            {
                Interlocked.Increment(ref _reads);
                return read(services, cancel);
            },
            cancellationToken).AsTask();

    private Remembered<int, string> Of(int capacity) => new(
        Memory,
        _gateway.Services.GetRequiredService<MemoryMetrics>(),
        _gateway.Services.GetRequiredService<IServiceScopeFactory>(),
        "test",
        capacity);
}
