using System.Collections.Concurrent;
using Hoop.Shared.Data;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Data;

public sealed class ChangeFeedTests
{
    private TestGateway _gateway = null!;

    private ChangeFeed Feed => _gateway.Services.GetRequiredService<ChangeFeed>();

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        await Eventually.True(() => Task.FromResult(Feed.IsListening), "the feed does not listen");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [Test]
    public async Task What_one_gateway_commits_the_other_hears()
    {
        await using var other = await TestGateway.Start(connection: _gateway.Connection);
        var heard = new ConcurrentQueue<string?>();
        using var subscription = Feed.Subscribe("things", heard.Enqueue);

        await Announce(other, "things", "one", commit: true);
        await Announce(other, "things", "undone", commit: false);
        await Announce(other, "others", "two", commit: true);
        await Announce(other, "things", "with blanks in it", commit: true);
        await Eventually.True(() => Task.FromResult(heard.Contains("with blanks in it")), "nothing was heard");

        Assert.That(heard, Is.EqualTo(new[] { "one", "with blanks in it" }));
    }

    [Test]
    public async Task After_a_lost_connection_subscribers_are_told_to_look_again()
    {
        var heard = new ConcurrentQueue<string?>();
        using var subscription = Feed.Subscribe("lost", heard.Enqueue);

        await _gateway.Query<bool>(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query IN ('LISTEN hoop_changes', 'SELECT 1') AND datname = current_database() AND pid <> pg_backend_pid()");
        await Eventually.True(() => Task.FromResult(heard.Contains(null)), "nobody said that something may have been missed");
        await Announce(_gateway, "lost", "after", commit: true);
        await Eventually.True(() => Task.FromResult(heard.Contains("after")), "it does not listen again");
    }

    [Test]
    public async Task A_subscriber_that_fails_does_not_silence_the_others()
    {
        var heard = new ConcurrentQueue<string?>();
        using var broken = Feed.Subscribe("mixed", _ => throw new InvalidOperationException("broken on purpose"));
        using var well = Feed.Subscribe("mixed", heard.Enqueue);

        await Announce(_gateway, "mixed", "one", commit: true);
        await Announce(_gateway, "mixed", "two", commit: true);

        await Eventually.True(() => Task.FromResult(heard.Contains("two")), "the second subscriber heard nothing");
    }

    [Test]
    public void A_disposed_subscription_hears_nothing()
    {
        var heard = 0;
        var subscription = Feed.Subscribe("gone", _ => heard++);

        Feed.AnnounceHere("gone", "one");
        subscription.Dispose();
        Feed.AnnounceHere("gone", "two");

        Assert.That(heard, Is.EqualTo(1));
    }

    private static async Task Announce(TestGateway gateway, string topic, string key, bool commit)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        await using var transaction = await db.Begin(CancellationToken.None);
        await db.Announce(topic, key, CancellationToken.None);
        if (commit)
        {
            await transaction.Commit(CancellationToken.None);
        }
    }
}
