using Hoop.Shared.Outbound;
using Hoop.Shared.Results;
using Hoop.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Outbound;

public sealed class KeySourceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private FakeClock _clock = null!;
    private KeyOrigin _origin = null!;
    private KeySource<string> _source = null!;

    [SetUp]
    public void Make()
    {
        _clock = new FakeClock();
        _origin = new KeyOrigin { Text = "one" };
        _source = Source(new KeySourceOptions<string>());
    }

    [TearDown]
    public async Task Dispose()
    {
        _origin.Open();
        await _source.DisposeAsync();
    }

    [Test]
    public async Task The_first_load_fills_the_snapshot()
    {
        Assert.That(_source.Snapshot, Is.EqualTo(new KeySnapshot<string>(null, 0, null, null, null)));

        await _source.Start();

        Assert.That(_source.Snapshot, Is.EqualTo(
            new KeySnapshot<string>("one", 1, _clock.GetUtcNow(), TimeSpan.Zero, null) { UsableFor = TimeSpan.FromDays(1) }));
    }

    [Test]
    public async Task It_refreshes_after_the_period_with_a_little_jitter()
    {
        await _source.Start();
        _origin.Text = "two";
        await Idle();

        Assert.That(_clock.NextTimer, Is.InRange(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(33)));
        _clock.Advance(TimeSpan.FromSeconds(29));
        Assert.That(_origin.Loads, Is.EqualTo(1));
        _clock.Advance(TimeSpan.FromSeconds(4));
        await Idle();

        Assert.That(_source.Snapshot.Value, Is.EqualTo("two"));
        Assert.That(_source.Snapshot.Version, Is.EqualTo(2));
    }

    [Test]
    public async Task An_unchanged_document_keeps_value_and_version_but_grows_young()
    {
        await _source.Start();
        var before = _source.Snapshot;
        _clock.Advance(TimeSpan.FromSeconds(10));
        var after = await _source.RefreshNow(CancellationToken.None);

        Assert.That(after.Value, Is.SameAs(before.Value));
        Assert.That(after.Version, Is.EqualTo(1));
        Assert.That(after.Age, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public async Task A_failed_refresh_keeps_the_last_good_value_until_it_is_too_old()
    {
        await _source.Start();
        _origin.Failure = Error.Unavailable("down", "down");
        await _source.RefreshNow(CancellationToken.None);

        Assert.That(_source.Snapshot.Value, Is.EqualTo("one"));
        Assert.That(_source.Snapshot.LastError?.Code, Is.EqualTo("down"));

        _clock.Advance(TimeSpan.FromHours(24));
        Assert.That(_source.Snapshot.Value, Is.EqualTo("one"));
        _clock.Advance(Second);
        Assert.That(_source.Snapshot.Value, Is.Null);
        Assert.That(_source.Snapshot.LoadedAt, Is.Not.Null);

        _origin.Failure = null;
        await _source.RefreshNow(CancellationToken.None);
        await _source.RefreshNow(CancellationToken.None);
        Assert.That(_source.Snapshot.Value, Is.EqualTo("one"));
        Assert.That(_source.Snapshot.LastError, Is.Null);
    }

    [Test]
    public async Task A_jump_of_the_wall_clock_ages_nothing()
    {
        await _source.Start();

        _clock.Jump(TimeSpan.FromDays(365));

        Assert.That(_source.Snapshot.Value, Is.EqualTo("one"));
        Assert.That(_source.Snapshot.Age, Is.EqualTo(TimeSpan.Zero));
    }

    [Test]
    public async Task A_document_that_cannot_be_parsed_changes_nothing()
    {
        await _source.Start();
        _origin.Text = "broken";

        var after = await _source.RefreshNow(CancellationToken.None);

        Assert.That((after.Value, after.Version, after.LastError?.Code), Is.EqualTo(("one", 1L, "malformed")));
    }

    [Test]
    public async Task A_bug_in_the_parser_is_survived()
    {
        await _source.Start();
        _origin.Text = "bug";
        await _source.RefreshNow(CancellationToken.None);
        Assert.That(_source.Snapshot.LastError?.Code, Is.EqualTo("key_source_failed"));
        _origin.Text = "two";

        await _source.RefreshNow(CancellationToken.None);

        Assert.That(_source.Snapshot.Value, Is.EqualTo("two"));
    }

    [Test]
    public async Task A_value_that_is_not_accepted_keeps_the_old_one()
    {
        await using var source = Source(new KeySourceOptions<string>
        {
            Accept = (old, next) => string.CompareOrdinal(next, old) < 0 ? Error.Invalid("the sequence fell", "sequence") : null,
        });
        _origin.Text = "5";
        await source.Start();
        _origin.Text = "4";

        var after = await source.RefreshNow(CancellationToken.None);

        Assert.That((after.Value, after.LastError?.Code), Is.EqualTo(("5", "sequence")));
    }

    [Test]
    [Description("A SPIRE server set up anew begins its sequence at 1")]
    public async Task A_value_that_is_too_old_to_be_used_has_no_say_in_what_follows_it()
    {
        await using var source = Source(new KeySourceOptions<string>
        {
            MaxAge = TimeSpan.FromMinutes(1),
            Accept = (old, next) => string.CompareOrdinal(next, old) < 0 ? Error.Invalid("the sequence fell", "sequence") : null,
        });
        _origin.Text = "42";
        await source.Start();
        _origin.Text = "1";

        Assert.That((await source.RefreshNow(CancellationToken.None)).Value, Is.EqualTo("42"), "the newer one still counts");
        _clock.Advance(TimeSpan.FromSeconds(61));
        await source.Idle;
        var after = await source.RefreshNow(CancellationToken.None);

        Assert.That((after.Value, after.LastError), Is.EqualTo(("1", (Error?)null)));
    }

    [Test]
    public async Task Being_disposed_of_is_no_failure()
    {
        var source = Source(new KeySourceOptions<string>());
        _origin.Close();
        var first = source.Start();
        await _origin.Entered(1);

        await source.DisposeAsync();
        await first;

        Assert.That(source.Snapshot.LastError, Is.Null, "so nothing is logged either");
    }

    [TestCase(120, 120)]
    [TestCase(0, 1)]
    [TestCase(1_000_000, 3600)]
    public async Task The_values_own_hint_sets_the_period_within_bounds(int hint, int expected)
    {
        await using var source = Source(new KeySourceOptions<string> { RefreshHint = _ => TimeSpan.FromSeconds(hint) });

        await source.Start();
        await Idle(source);

        Assert.That(_clock.NextTimer, Is.InRange(TimeSpan.FromSeconds(expected), TimeSpan.FromSeconds(expected * 1.1)));
    }

    [Test]
    public async Task Until_something_is_loaded_it_tries_more_often()
    {
        _origin.Failure = Error.Unavailable("down", "down");
        await _source.Start();
        await Idle();

        Assert.That(_clock.NextTimer, Is.InRange(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(5.5)));
    }

    [Test]
    public async Task A_thousand_unknown_keys_at_once_share_one_load()
    {
        await _source.Start();
        _origin.Text = "two";
        _origin.Close();

        var waiting = Enumerable.Range(0, 1000).Select(_ => Task.Run(() => _source.RequestRefresh(CancellationToken.None))).ToArray();
        await _origin.Entered(2);
        Assert.That(waiting.Any(task => task.IsCompleted), Is.False);
        _origin.Open();
        var snapshots = await Task.WhenAll(waiting);

        Assert.That(snapshots.Select(snapshot => snapshot.Value), Is.All.EqualTo("two"));
        Assert.That(_origin.Loads, Is.EqualTo(2));
        Assert.That(_origin.MostAtOnce, Is.EqualTo(1));
    }

    [Test]
    public async Task Unknown_keys_all_minute_long_cost_two_loads_a_minute()
    {
        await _source.Start();
        await Idle();
        for (var tenth = 0; tenth < 600; tenth++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => _source.RequestRefresh(CancellationToken.None)));
            await Idle();
            _clock.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.That(_origin.Loads - 1, Is.InRange(1, 2));
    }

    [Test]
    public async Task Nobody_waits_longer_than_the_bound_counted_from_the_start_of_the_load()
    {
        await _source.Start();
        _origin.Close();
        var first = _source.RequestRefresh(CancellationToken.None);
        await _origin.Entered(2);
        Assert.That(first.IsCompleted, Is.False);

        _clock.Advance(2 * Second);
        var late = _source.RequestRefresh(CancellationToken.None);

        Assert.That((await first).Value, Is.EqualTo("one"));
        Assert.That(late.IsCompletedSuccessfully, Is.True);
    }

    [Test]
    public async Task A_source_that_gave_nothing_is_asked_again_and_not_waited_for()
    {
        _origin.Close();
        var first = _source.Start();
        await _origin.Entered(1);
        var early = _source.RequestRefresh(CancellationToken.None);
        Assert.That(early.IsCompleted, Is.False, "the first load may still go well");
        _origin.Failure = Error.Unavailable("down", "down");
        _origin.Open();
        await first;
        await early;
        await Idle();

        _origin.Close();
        var next = _source.RequestRefresh(CancellationToken.None);
        Assert.That(next.IsCompletedSuccessfully, Is.True, "whoever names it would wait where others wait, too");
        Assert.That((await next).Value, Is.Null);
        await _origin.Entered(2);
        _origin.Failure = null;
        _origin.Open();
        await Idle();
        Assert.That(_source.Snapshot.Value, Is.EqualTo("one"));
    }

    [Test]
    public async Task A_source_that_never_answers_is_given_up()
    {
        await _source.Start();
        _origin.Close();
        var refresh = _source.RefreshNow(CancellationToken.None);
        await _origin.Entered(2);

        _clock.Advance(TimeSpan.FromSeconds(15));

        Assert.That((await refresh).LastError?.Code, Is.EqualTo(OutboundErrors.TimedOut));
        Assert.That(_source.Snapshot.Value, Is.EqualTo("one"));
    }

    [Test]
    public async Task Disposal_stops_a_load_and_all_further_ones()
    {
        await _source.Start();
        _origin.Close();
        var refresh = _source.RefreshNow(CancellationToken.None);
        await _origin.Entered(2);

        await _source.DisposeAsync();
        await refresh;
        _clock.Advance(TimeSpan.FromHours(1));
        await _source.RequestRefresh(CancellationToken.None);

        Assert.That(_origin.Loads, Is.EqualTo(2));
        Assert.That(_source.Snapshot.Value, Is.EqualTo("one"));
    }

    [Test]
    public async Task A_change_is_told_before_those_who_wait_go_on()
    {
        var told = new List<string?>();
        await using var source = Source(new KeySourceOptions<string> { Changed = snapshot => told.Add(snapshot.Value) });

        await source.Start();
        await source.RefreshNow(CancellationToken.None);
        _origin.Text = "two";
        await source.RefreshNow(CancellationToken.None);

        Assert.That(told, Is.EqualTo(new[] { "one", "two" }));
    }

    private KeySource<string> Source(KeySourceOptions<string> options) =>
        new(KeyDocument.From("origin", _origin.Load), KeyOrigin.Parse, options, _clock, NullLogger.Instance);

    private Task Idle() => Idle(_source);

    private static Task Idle(KeySource<string> source) => source.Idle;
}
