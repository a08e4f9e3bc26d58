using Dapper;
using Hoop.Shared.Results;
using Hoop.Shared.Tests.Data;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Pipeline;

/// <summary>A command whose last statement, audit row and commit are one round trip.</summary>
public sealed class LastActTests : KitchenFixture
{
    private const string WaitingSql = """
        SELECT query
        FROM pg_stat_activity
        WHERE wait_event_type = 'Lock' AND datname = current_database()
        """;

    [Test]
    public async Task A_row_that_is_the_last_act_travels_with_its_audit_row_and_the_commit()
    {
        using var trips = new RoundTrips();
        Assert.That((await Send(new Bake.Request("bread"))).Value, Is.EqualTo("bread"));

        Assert.That(trips.Count, Is.EqualTo(1));
        Assert.That((await Dishes(), await Trail()), Is.EqualTo((new[] { "bread" }, new[] { "bread" })));
    }

    [Test]
    public async Task A_last_act_that_a_constraint_refuses_leaves_nothing_and_says_so()
    {
        await Send(new Bake.Request("bread"));
        using var trips = new RoundTrips();
        Assert.That((await Send(new Bake.Request("bread"))).Error!.Code, Is.EqualTo("taken"));

        Assert.That(trips.Count, Is.EqualTo(1), "nothing was begun, so nothing is rolled back");
        Assert.That((await Dishes(), await Trail()), Is.EqualTo((new[] { "bread" }, new[] { "bread" })));
    }

    [Test]
    public async Task A_last_act_whose_audit_row_is_refused_is_undone([Values] bool afterAnother)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync("ALTER TABLE trail ADD CONSTRAINT no_pie CHECK (name <> 'pie')");
        try
        {
            var first = afterAnother ? new Cook.Request("soup") : null;
            Assert.That(() => Send(new Bake.Request("pie", first)), Throws.TypeOf<PostgresException>());
        }
        finally
        {
            await connection.ExecuteAsync("ALTER TABLE trail DROP CONSTRAINT no_pie");
        }

        Assert.That((await Dishes(), await Trail()), Is.EqualTo((Array.Empty<string>(), Array.Empty<string>())));
    }

    [Test]
    public async Task A_last_act_commits_what_was_written_before_it_and_not_what_was_undone([Values] bool burnt)
    {
        await Send(new Bake.Request("bread", new Cook.Request("soup", burnt ? "burnt" : null)));

        string[] expected = burnt ? ["bread"] : ["bread", "soup"];
        Assert.That(await Dishes(), Is.EqualTo(expected));
        Assert.That((await Trail()).Order(), Is.EqualTo(expected));
    }

    [Test]
    public void A_refusal_after_the_last_act_is_a_bug_and_told_as_one() => Assert.That(
        () => Send(new Bake.Request("bread", FailsLater: true)), Throws.InvalidOperationException.With.Message.Contains("Bake"));

    [Test]
    public async Task A_change_that_is_the_last_act_travels_with_its_audit_row_and_the_commit()
    {
        await Send(new Bake.Request("bread"));
        using var trips = new RoundTrips();
        Assert.That((await Send(new Season.Request("bread"))).Value, Is.EqualTo("bread with salt"));

        Assert.That(trips.Count, Is.EqualTo(1));
        Assert.That((await Dishes(), await Trail()), Is.EqualTo((new[] { "bread with salt" }, new[] { "bread", "bread with salt" })));
    }

    [Test]
    public async Task A_change_that_finds_no_row_leaves_nothing_and_no_audit_row()
    {
        using var trips = new RoundTrips();
        Assert.That((await Send(new Season.Request("nothing"))).Error!.Kind, Is.EqualTo(ErrorKind.NotFound));

        Assert.That(trips.Count, Is.EqualTo(1), "nothing is undone, because nothing was done");
        Assert.That((await Dishes(), await Trail()), Is.EqualTo((Array.Empty<string>(), Array.Empty<string>())));
    }

    [Test]
    public async Task A_change_whose_row_goes_while_it_waits_for_it_leaves_no_audit_row()
    {
        await Send(new Bake.Request("bread"));
        await using var eater = await Database.OpenConnectionAsync();
        await using var eating = await eater.BeginTransactionAsync();
        await eater.ExecuteAsync("DELETE FROM dishes WHERE name = 'bread'", transaction: eating);

        var seasoning = Send(new Season.Request("bread"));
        await Eventually.True(async () => (await Names(WaitingSql)).Length > 0, "it waits for the row");
        await eating.CommitAsync();

        Assert.That((await seasoning).Error!.Kind, Is.EqualTo(ErrorKind.NotFound));
        Assert.That((await Dishes(), await Trail()), Is.EqualTo((Array.Empty<string>(), new[] { "bread" })));
    }

    [Test]
    public async Task A_command_whose_change_found_no_row_goes_on_in_one_transaction()
    {
        Assert.That((await Send(new Season.Request("soup", OrCooks: true))).Value, Is.EqualTo("soup"));

        Assert.That((await Dishes(), await Trail()),
            Is.EqualTo((new[] { "soup" }, new[] { "soup", "soup" })),
            "its own row and that of the nested one");
    }

    [Test]
    public async Task A_change_after_something_else_is_one_transaction_with_it([Values] bool found)
    {
        await Send(new Bake.Request("bread"));

        var outcome = await Send(new Season.Request(found ? "bread" : "nothing", First: new Cook.Request("soup")));

        Assert.That(outcome.Error is null, Is.EqualTo(found));
        Assert.That(await Dishes(), Is.EqualTo(found ? new[] { "bread with salt", "soup" } : ["bread"]));
        Assert.That((await Trail()).Order(), Is.EqualTo(found ? new[] { "bread", "bread with salt", "soup" } : ["bread"]));
    }

    [Test]
    public async Task A_change_whose_audit_row_is_refused_is_undone()
    {
        await Send(new Bake.Request("bread"));
        await using var connection = await Database.OpenConnectionAsync();
        await connection.ExecuteAsync("ALTER TABLE trail ADD CONSTRAINT no_salt CHECK (name NOT LIKE '%salt')");
        try
        {
            Assert.That(() => Send(new Season.Request("bread")), Throws.TypeOf<PostgresException>());
        }
        finally
        {
            await connection.ExecuteAsync("ALTER TABLE trail DROP CONSTRAINT no_salt");
        }

        Assert.That((await Dishes(), await Trail()), Is.EqualTo((new[] { "bread" }, new[] { "bread" })));
    }
}
