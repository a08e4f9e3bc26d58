using Hoop.Federation.Minting;
using Hoop.Shared.Results;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Minting;

public sealed class WarmTokensTests
{
    private static readonly TimeSpan Spare = TimeSpan.FromMinutes(5);

    private readonly PlayedClock _clock = new();
    private int _fetched;

    [SetUp]
    public void Reset() => _fetched = 0;

    [TestCase(0, 1)]
    [TestCase((55 * 60) - 1, 1)]
    [TestCase(55 * 60, 2)]
    [TestCase(90 * 60, 2)]
    public async Task A_token_is_served_until_five_minutes_before_its_end(int seconds, int fetches)
    {
        var warm = new WarmTokens<string, Token>(_clock, capacity: 10, spare: Spare);
        await warm.Get("a", Fetch, CancellationToken.None);
        _clock.Advance(TimeSpan.FromSeconds(seconds));
        await warm.Get("a", Fetch, CancellationToken.None);

        Assert.That(_fetched, Is.EqualTo(fetches));
    }

    [Test]
    public async Task A_clock_that_jumps_ahead_ends_a_token_and_one_that_jumps_back_does_not_prolong_it()
    {
        var warm = new WarmTokens<string, Token>(_clock, capacity: 10, spare: Spare);
        await warm.Get("a", Fetch, CancellationToken.None);
        _clock.Jump(TimeSpan.FromHours(2));
        await warm.Get("a", Fetch, CancellationToken.None);
        Assert.That(_fetched, Is.EqualTo(2));

        _clock.Jump(TimeSpan.FromHours(-4));
        _clock.Advance(TimeSpan.FromMinutes(56));
        await warm.Get("a", Fetch, CancellationToken.None);
        Assert.That(_fetched, Is.EqualTo(3));
    }

    [Test]
    public async Task Full_it_keeps_what_it_has_and_stays_bounded()
    {
        var warm = new WarmTokens<int, Token>(_clock, capacity: 3, spare: Spare);
        for (var key = 0; key < 10; key++)
        {
            await warm.Get(key, Fetch, CancellationToken.None);
        }

        Assert.That(warm.Count, Is.EqualTo(3));
        await warm.Get(0, Fetch, CancellationToken.None);
        Assert.That(_fetched, Is.EqualTo(10), "the first entry is still there");
    }

    [Test]
    public async Task Ended_tokens_are_swept()
    {
        var warm = new WarmTokens<int, Token>(_clock, capacity: 100, spare: Spare);
        for (var key = 0; key < 10; key++)
        {
            await warm.Get(key, Fetch, CancellationToken.None);
        }

        _clock.Advance(TimeSpan.FromHours(1));
        await warm.Get(100, Fetch, CancellationToken.None);

        Assert.That(warm.Count, Is.EqualTo(1));
    }

    [Test]
    public async Task One_caller_that_gives_up_does_not_end_the_fetch_of_the_others()
    {
        var warm = new WarmTokens<string, Token>(_clock, capacity: 10, spare: Spare);
        var google = new TaskCompletionSource<Result<Token>>();
        using var impatient = new CancellationTokenSource();

        var first = warm.Get("a", () => google.Task, impatient.Token);
        var second = warm.Get("a", Fetch, CancellationToken.None);
        await impatient.CancelAsync();
        google.SetResult(new Token("t", _clock.GetUtcNow().AddHours(1)));

        Assert.That(async () => await first, Throws.InstanceOf<OperationCanceledException>());
        Assert.That((await second).Value.Value, Is.EqualTo("t"));
        Assert.That(_fetched, Is.Zero);
    }

    [Test]
    public async Task An_exception_is_not_kept()
    {
        var warm = new WarmTokens<string, Token>(_clock, capacity: 10, spare: Spare);

        Assert.That(
            async () => await warm.Get("a", () => Task.FromException<Result<Token>>(new IOException()), CancellationToken.None),
            Throws.InstanceOf<IOException>());
        Assert.That((await warm.Get("a", Fetch, CancellationToken.None)).Error, Is.Null);
    }

    private Task<Result<Token>> Fetch()
    {
        _fetched++;
        return Task.FromResult<Result<Token>>(new Token($"token-{_fetched}", _clock.GetUtcNow().AddHours(1)));
    }

    private sealed class PlayedClock : TimeProvider
    {
        private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => _now;

        public override long GetTimestamp() => _ticks;

        /// <summary>Time goes by.</summary>
        public void Advance(TimeSpan by)
        {
            _now += by;
            _ticks += by.Ticks;
        }

        /// <summary>Somebody sets the clock.</summary>
        public void Jump(TimeSpan by) => _now += by;
    }
}
