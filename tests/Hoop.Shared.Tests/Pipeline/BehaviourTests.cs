using System.Diagnostics;
using FluentValidation;
using Hoop.Shared.Pipeline;
using Hoop.Shared.Results;
using Hoop.Shared.Tests.Data;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Pipeline;

/// <summary>What stands around every handler, with use cases of no module on a real database.</summary>
public sealed class BehaviourTests : KitchenFixture
{
    [Test]
    public async Task Without_a_caller_only_what_says_so_is_answered()
    {
        Assert.That((await Send(new Peek.Request("x"), signedIn: false)).Error, Is.EqualTo(Error.Unauthenticated));
        Assert.That((await Send(new Cook.Request("soup"), signedIn: false)).Error, Is.EqualTo(Error.Unauthenticated));
        Assert.That((await Send(new Knock.Request(), signedIn: false)).Value, Is.EqualTo("come in"));
        Assert.That(await Dishes(), Is.Empty);
    }

    [TestCase(null, ErrorKind.Malformed, "malformed", "name is required")]
    [TestCase("", ErrorKind.Malformed, "malformed", "name is required")]
    [TestCase("0123456789", ErrorKind.Invalid, "invalid", "name: at most 9 characters")]
    public async Task The_first_message_of_a_validator_is_the_error_and_its_kind_is_the_rules(
        string? name, ErrorKind kind, string code, string message)
    {
        var error = (await Send(new Peek.Request(name))).Error!;

        Assert.That((error.Kind, error.Code, error.Message), Is.EqualTo((kind, code, message)));
        Assert.That(error.Fields!["name"], Is.EqualTo(message), "by the JSON name of the member");
    }

    [Test]
    public async Task Validators_are_found_by_scan_once_and_live_as_long_as_the_host()
    {
        Assert.That(Services.GetServices<IValidator<Peek.Request>>().Count(), Is.EqualTo(1));
        Assert.That((await Send(new Peek.Request("fine"))).Value, Is.EqualTo("fine"));
    }

    [Test]
    public async Task A_refusal_is_one_line_with_the_slices_name_and_one_span_and_a_success_is_no_line()
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Source.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);

        await Send(new Cook.Request("burnt one", Fails: "scorched"));
        await Send(new Cook.Request("good one"));

        var own = spans.Where(span => span.DisplayName == "Cook").ToList();
        Assert.That(
            own.Select(span => (span.Status, span.StatusDescription)),
            Is.EqualTo(new[] { (ActivityStatusCode.Error, "scorched"), (ActivityStatusCode.Unset, (string?)null) }));
        Assert.That(Logs.Lines.Count(line => line.Contains("Cook refused: scorched", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(
            Logs.Lines.Any(
                line => line.Contains("good one", StringComparison.Ordinal) || line.Contains("burnt one", StringComparison.Ordinal)),
            Is.False,
            "never the content of a request");
    }

    [Test]
    public async Task A_span_is_the_parent_of_what_is_sent_inside_of_it_and_of_nothing_that_comes_later([Values] bool isCollected)
    {
        var spans = new List<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => isCollected && source.Name == Telemetry.Source.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var scope = SignedIn();
        var sender = scope.ServiceProvider.GetRequiredService<ISender>();

        // Not through a method of the test's own, which would give its caller back what it had.
        await sender.Send(new Cook.Request("outer", Nested: new Cook.Request("inner")));
        Assert.That(Activity.Current, Is.Null);
        await sender.Send(new Cook.Request("second", Fails: "burnt"));
        Assert.That(Activity.Current, Is.Null);
        await sender.Send(new Cook.Request("last"));
        Assert.That(Activity.Current, Is.Null);

        var own = spans.Where(span => span.DisplayName == "Cook").ToList();
        Assert.That(own, Has.Count.EqualTo(isCollected ? 4 : 0));
        Assert.That(own.Select(span => span.Parent), Is.EqualTo(own.Select((_, i) => i == 0 ? own[1] : null)), "the inner one ends first");
    }

    [Test]
    public async Task A_command_commits_its_change_with_its_row()
    {
        await Send(new Cook.Request("soup"));

        Assert.That((await Dishes(), await Trail()), Is.EqualTo((new[] { "soup" }, new[] { "soup" })));
    }

    [Test]
    public async Task A_command_that_fails_or_throws_leaves_nothing()
    {
        await Send(new Cook.Request("soup", Fails: "burnt"));
        Assert.That(() => Send(new Cook.Request("stew", Throws: true)), Throws.InstanceOf<InvalidTimeZoneException>());

        Assert.That((await Dishes(), await Trail()), Is.EqualTo((Array.Empty<string>(), Array.Empty<string>())));
    }

    [Test]
    public async Task A_command_inside_a_command_joins_it()
    {
        await Send(new Cook.Request("outer", Nested: new Cook.Request("inner")));

        Assert.That(await Dishes(), Is.EqualTo(new[] { "inner", "outer" }));
        Assert.That(await Trail(), Is.EqualTo(new[] { "inner", "outer" }));
    }

    [Test]
    public async Task When_the_outer_command_fails_the_inner_ones_are_undone_with_their_rows()
    {
        await Send(new Cook.Request("outer", Fails: "burnt", Nested: new Cook.Request("inner")));

        Assert.That((await Dishes(), await Trail()), Is.EqualTo((Array.Empty<string>(), Array.Empty<string>())));
    }

    [Test]
    [Description("B4: savepoints of one name undid too little")]
    public async Task Three_levels_deep_exactly_what_failed_is_undone([Values] bool middle, [Values] bool inner)
    {
        await Send(
            new Cook.Request("1", Nested: new Cook.Request("2", middle ? "burnt" : null, new Cook.Request("3", inner ? "burnt" : null))));

        string[] expected = (middle, inner) switch
        {
            (true, _) => ["1"],
            (false, true) => ["1", "2"],
            (false, false) => ["1", "2", "3"],
        };
        Assert.That(await Dishes(), Is.EqualTo(expected));
        Assert.That((await Trail()).Order(), Is.EqualTo(expected));
    }

    [Test]
    public async Task A_command_takes_one_round_trip_for_its_first_statement_and_one_for_its_row_and_the_commit()
    {
        using var trips = new RoundTrips();
        await Send(new Cook.Request("soup"));

        Assert.That(trips.Count, Is.EqualTo(2));
        Assert.That((await Dishes(), await Trail()), Is.EqualTo((new[] { "soup" }, new[] { "soup" })));
    }
}
