using System.Collections.Immutable;
using Hoop.Shared.Background;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Data;

/// <summary>
/// Tells this gateway what another one changed, over PostgreSQL's LISTEN/NOTIFY: one listening connection a host, any number of topics.
/// A change is announced inside its transaction (<see cref="ChangeAnnouncements.Announce"/>) and arrives after the commit, on the
/// announcing gateway too. It makes things fast, never right: a notification can be lost with a connection, so whoever subscribes
/// must also be right when none comes (by reading again from time to time, or at the moment of use).
/// <code>
/// using var subscription = feed.Subscribe("agents", key => { /* key: which one; null: any of them may have changed */ });
/// await db.Announce("agents", id.ToString(), cancellationToken); // in the command's handler
/// </code>
/// </summary>
public sealed class ChangeFeed(NpgsqlDataSource source, BackgroundLoops loops, ILogger<ChangeFeed> logger) : BackgroundService
{
    /// <summary>The key of a data source of its own to listen on, where the database is reached through a pooler; optional.</summary>
    public const string Listening = "listening";

    internal const string Channel = "hoop_changes";

    private const string Loop = "change_feed";

    // A silent connection is asked for a sign of life, because a broken network says nothing.
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(10);

    private ImmutableArray<Subscription> _subscriptions = [];
    private volatile bool _listening;

    /// <summary>True while notifications can arrive.</summary>
    public bool IsListening => _listening;

    /// <summary>
    /// Calls <paramref name="changed"/> for each announcement of <paramref name="topic"/> with its key, and with null whenever
    /// announcements may have been missed: after every (re)connection. It runs on the listener, so it must be quick and hand longer
    /// work on.
    /// </summary>
    public IDisposable Subscribe(string topic, Action<string?> changed)
    {
        var subscription = new Subscription(this, topic, changed);
        ImmutableInterlocked.Update(ref _subscriptions, (all, one) => all.Add(one), subscription);
        return subscription;
    }

    /// <summary>
    /// Tells the subscribers of this host alone: something they depend on changed outside the database (a fetched key set).
    /// </summary>
    public void AnnounceHere(string topic, string? key)
    {
        foreach (var subscription in _subscriptions)
        {
            if (string.Equals(subscription.Topic, topic, StringComparison.Ordinal))
            {
                Tell(subscription, key);
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run(Loop, ListenOnce, stoppingToken);

    private async Task ListenOnce(CancellationToken cancellationToken)
    {
        try
        {
            await Listen(cancellationToken);
        }
        finally
        {
            _listening = false;
        }
    }

    private async Task Listen(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) => Receive(notification.Payload);
        await Execute(connection, "LISTEN " + Channel, cancellationToken);
        loops.Succeeded(Loop);
        _listening = true;
        foreach (var subscription in _subscriptions)
        {
            Tell(subscription, key: null);
        }

        while (!cancellationToken.IsCancellationRequested)
        {
            if (!await connection.WaitAsync(Silence, cancellationToken))
            {
                await Execute(connection, "SELECT 1", cancellationToken);
            }
        }
    }

    private void Receive(string payload)
    {
        var space = payload.IndexOf(' ', StringComparison.Ordinal);
        AnnounceHere(space < 0 ? payload : payload[..space], space < 0 ? null : payload[(space + 1)..]);
    }

    private void Tell(Subscription subscription, string? key)
    {
        try
        {
            subscription.Changed(key);
        }
        catch (Exception exception)
        {
            // One subscriber's bug must not silence the others.
            logger.LogError(exception, "A subscriber of {Topic} failed", subscription.Topic);
        }
    }

    private static async Task Execute(NpgsqlConnection connection, string statement, CancellationToken cancellationToken)
    {
#pragma warning disable CA2100 // Both statements are constants of this class.
        await using var command = new NpgsqlCommand(statement, connection) { CommandTimeout = 5 };
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed class Subscription(ChangeFeed feed, string topic, Action<string?> changed) : IDisposable
    {
        public string Topic => topic;

        public Action<string?> Changed => changed;

        public void Dispose() => ImmutableInterlocked.Update(ref feed._subscriptions, (all, one) => all.Remove(one), this);
    }
}

/// <summary>The announcing side of <see cref="ChangeFeed"/>.</summary>
public static class ChangeAnnouncements
{
    [CrossOrg("Names no row; the key says which one to read again.")]
    private const string AnnounceSql = "SELECT pg_notify(@Channel, @Payload)";

    /// <summary>Announces a change of the running transaction. It is sent with the commit, or not at all.</summary>
    /// <param name="db">The scope whose transaction changes something.</param>
    /// <param name="topic">What kind of thing; no blanks.</param>
    /// <param name="key">Which one; at most 7,000 bytes and no secret, everybody with a connection can listen.</param>
    public static Task Announce(this Db db, string topic, string key, CancellationToken cancellationToken) =>
        db.AcrossOrgs.Execute(AnnounceSql, new { ChangeFeed.Channel, Payload = $"{topic} {key}" }, cancellationToken);
}
