using Hoop.Shared.Background;
using Hoop.Testing;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Background;

public sealed class BackgroundLoopsTests
{
    private readonly LogCapture _log = new();
    private FakeClock _clock = null!;
    private BackgroundLoops _loops = null!;

    [SetUp]
    public void Create()
    {
        _clock = new FakeClock();
        _loops = new BackgroundLoops(_clock, LoggerFactory.Create(logging => logging.AddProvider(_log)).CreateLogger<BackgroundLoops>());
    }

    [OneTimeTearDown]
    public void Dispose() => _log.Dispose();

    [TestCase("57014", Description = "statement_timeout, by which a gateway was stopped")]
    [TestCase("42P01")]
    [TestCase("55P03")]
    [TestCase("58030")]
    [TestCase("XX001")]
    [TestCase("42501")]
    public async Task A_round_that_the_database_refuses_is_followed_by_another(string state) =>
        await Survives(new PostgresException("refused", "ERROR", "ERROR", state));

    [Test]
    public async Task A_bug_and_a_foreign_cancellation_end_no_loop()
    {
        await Survives(new InvalidOperationException("a bug"));
        await Survives(new OperationCanceledException("somebody else's"));
        await Survives(new TimeoutException());
    }

    [Test]
    public async Task A_streak_degrades_and_a_good_round_ends_it()
    {
        var health = new BackgroundHealth(_loops);
        using var stop = new CancellationTokenSource();
        var rounds = 0;
        var failing = true;
        var running = _loops.Run("tested", async cancellationToken =>
        {
            rounds++;
            if (failing)
            {
                throw new InvalidOperationException();
            }

            await Task.Delay(TimeSpan.FromSeconds(1), _clock, cancellationToken);
        }, stop.Token);

        Assert.That((rounds, await Status(health)), Is.EqualTo((1, HealthStatus.Healthy)));
        await NextPause();
        await NextPause();
        await Eventually.True(async () => await Status(health) == HealthStatus.Degraded, "three failures are no streak");

        failing = false;
        await NextPause();
        await NextPause();
        await Eventually.True(async () => await Status(health) == HealthStatus.Healthy, "the streak did not end");
        await stop.CancelAsync();
        await running;
    }

    [Test]
    public async Task Pauses_grow_to_two_seconds()
    {
        using var stop = new CancellationTokenSource();
        var running = _loops.Run("tested", _ => throw new InvalidOperationException(), stop.Token);
        var pauses = new List<double>();
        for (var round = 0; round < 7; round++)
        {
            pauses.Add((await NextPause()).TotalMilliseconds);
        }

        Assert.That(pauses, Is.EqualTo([100, 200, 400, 800, 1600, 2000, 2000]));
        await stop.CancelAsync();
        await running;
    }

    [Test]
    public async Task A_loop_ends_with_its_own_cancellation_alone()
    {
        using var stop = new CancellationTokenSource();
        var running = _loops.Run("tested", cancellationToken => Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken), stop.Token);

        Assert.That(running.IsCompleted, Is.False);
        await stop.CancelAsync();

        Assert.That(async () => await running, Throws.Nothing);
        Assert.That(_loops.Failing, Is.Empty);
    }

    [Test]
    public async Task Signals_are_gathered_and_a_wait_has_an_end()
    {
        var wake = new WakeUp();
        wake.Signal();
        wake.Signal();
        Assert.That(await wake.Wait(TimeSpan.FromSeconds(1), _clock, CancellationToken.None), Is.True);

        var waiting = wake.Wait(TimeSpan.FromSeconds(1), _clock, CancellationToken.None);
        Assert.That(waiting.IsCompleted, Is.False, "two signals were one");
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(await waiting, Is.False);

        using var stop = new CancellationTokenSource();
        var stopped = wake.Wait(TimeSpan.FromSeconds(1), _clock, stop.Token);
        await stop.CancelAsync();
        Assert.That(async () => await stopped, Throws.InstanceOf<OperationCanceledException>());
    }

    /// <summary>Lets the pause pass that the loop is in, or will be in a moment.</summary>
    private async Task<TimeSpan> NextPause()
    {
        await Eventually.True(() => Task.FromResult(_clock.NextTimer is not null), "the loop does not pause");
        var pause = _clock.NextTimer!.Value;
        _clock.Advance(pause);
        return pause;
    }

    private static async Task<HealthStatus> Status(BackgroundHealth health) =>
        (await health.CheckHealthAsync(new HealthCheckContext())).Status;

    private async Task Survives(Exception exception)
    {
        using var stop = new CancellationTokenSource();
        var second = new TaskCompletionSource();
        var rounds = 0;
        var running = _loops.Run("tested", cancellationToken =>
        {
            if (++rounds == 1)
            {
                throw exception;
            }

            second.SetResult();
            return Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
        }, stop.Token);

        await NextPause();
        await second.Task.WaitAsync(TimeSpan.FromSeconds(10));
        await stop.CancelAsync();
        await running;
        Assert.That(_log.Lines, Has.Some.Contains("Background work tested failed"));
    }
}
