using System.Globalization;
using Hoop.Shared.Background;
using Hoop.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Memory;

/// <summary>
/// One session of the database on which this gateway hears announcements and renews its lease, so that a session that is dead or deaf
/// renews nothing. Nothing else runs on it and it is never inside a transaction. Confirmations are sent over the pool.
/// </summary>
public sealed class MemorySession(
    CoherentMemory memory,
    MemoryMetrics metrics,
    BootClock clock,
    TimeProvider wall,
    NpgsqlDataSource listening,
    NpgsqlDataSource pool,
    BackgroundLoops loops,
    ILogger<MemorySession> logger) : BackgroundService
{
    /// <summary>The key of a data source of its own to listen on, where the database is reached through a pooler; optional.</summary>
    public const string Listening = "listening";

    /// <summary>The key of a data source of its own for what gateways tell each other; without it that goes through the pool.</summary>
    public const string Telling = "telling";

    private const string Loop = "memory";

    /// <summary>Of the machine's clock; a larger jump counts as a lapse, since nobody knows how long it stood.</summary>
    private static readonly TimeSpan LargestJump = TimeSpan.FromSeconds(1);

    private readonly Life _life = new(memory, clock);
    private readonly HeardChanges _heard = new(memory);
    private readonly Replies _replies = new(pool);
    private readonly TaskCompletionSource _listens = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private volatile bool _isListening;
    private TimeSpan _offset;
    private int _rounds;

    /// <summary>Names this process in what it sends.</summary>
    public Guid Process { get; } = RowId.Next();

    /// <summary>True while announcements can arrive.</summary>
    public bool IsListening => _isListening;

    /// <summary>
    /// True while this gateway hears what changes and, when it uses memory, its lease holds: others wait for it, and what it keeps open is
    /// ended when it must be.
    /// </summary>
    public bool IsProven => _isListening && (!memory.Options.Enabled || memory.MayAnswer);

    /// <summary>Ends when announcements can arrive for the first time.</summary>
    internal Task Listens => _listens.Task;

    /// <summary>No other gateway may answer from memory. To be asked after a change was committed.</summary>
    internal bool IsAlone => _life.IsAlone;

    /// <summary>Told of each confirmation: the life of who confirms, and the number of the announcement.</summary>
    internal Action<Guid, long>? Confirmed { get; set; }

    /// <summary>While it is true, a stop says no goodbye: something was committed and not announced.</summary>
    internal Func<bool>? Owes { get; set; }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        loops.Run(Loop, Live, stoppingToken),
        loops.Run("memory_replies", _replies.Round, stoppingToken));

    private async Task Live(CancellationToken stop)
    {
        try
        {
            await using var connection = await listening.OpenConnectionAsync(stop);
            connection.Notification += (_, notification) => Receive(notification.Payload);
            await GatewayRows.Listen(connection, Process, stop);
            await Begin(connection, stop);
            _isListening = true;
            _listens.TrySetResult();
            loops.Succeeded(Loop);
            await Follow(connection, stop);
        }
        finally
        {
            _isListening = false;
            End("the session with the database ended");
        }
    }

    private async Task Begin(NpgsqlConnection connection, CancellationToken stop)
    {
        var options = memory.Options;
        _offset = Offset();
        var (id, asked) = (RowId.Next(), clock.GetTimestamp());
        await GatewayRows.Begin(connection, id, Process, NameOfThis(), options.Lease, stop);
        await using (var told = await pool.OpenConnectionAsync(stop))
        {
            if (!await GatewayRows.Exists(told, id, stop))
            {
                throw new InvalidOperationException(
                    "HOOP_DATABASE_LISTEN_URL leads to another database than HOOP_DATABASE_URL: what is announced in one is not heard in the other.");
            }
        }

        var rows = await GatewayRows.List(connection, Process, stop);
        _life.Begin(id, asked, rows.Alive);

        // Announcements may have been missed: whoever is told of changes looks at everything again.
        _ = memory.Forget();
        await Join(connection, stop);
    }

    private async Task Follow(NpgsqlConnection connection, CancellationToken stop)
    {
        var next = clock.GetTimestamp() + Ticks(memory.Options.RenewEvery);
        while (!stop.IsCancellationRequested)
        {
            var left = TimeSpan.FromSeconds((next - clock.GetTimestamp()) / (double)clock.TimestampFrequency);
            if (left > TimeSpan.FromMilliseconds(1))
            {
                try
                {
                    await connection.WaitAsync(left, stop);
                }
                catch (OperationCanceledException) when (stop.IsCancellationRequested)
                {
                    break;
                }

                continue;
            }

            next = clock.GetTimestamp() + Ticks(memory.Options.RenewEvery);
            if (!await Renew(connection, stop))
            {
                await Begin(connection, stop);
            }
        }

        await Leave();
    }

    /// <summary>False when the life is over and another has to begin.</summary>
    private async Task<bool> Renew(NpgsqlConnection connection, CancellationToken stop)
    {
        if ((Offset() - _offset).Duration() > LargestJump)
        {
            End("the machine's clock jumped");
            return false;
        }

        var (sent, id) = _life.Renew();
        var asked = clock.GetTimestamp();
        var (renewed, rows) = await GatewayRows.Renew(
            connection, id ?? Guid.Empty, Process, memory.Options.Lease, sweep: _rounds++ % 60 == 0, stop);
        metrics.QueueIs(rows.Queue);
        var after = renewed ? _life.Renewed(sent, asked, rows) : Membership.After.Lapsed;
        switch (after)
        {
            case Membership.After.Lapsed:
                End(renewed ? "its lease lapsed" : "its lease ended, or another gateway fenced it");
                return false;
            case Membership.After.Forget:
                logger.LogInformation("Another gateway ended without a goodbye; everything that was remembered is dropped");
                metrics.Dropped();
                _ = memory.Forget();
                break;
            default:
                break;
        }

        await Join(connection, stop);
        return true;
    }

    /// <summary>Tells those who do not know of this gateway yet.</summary>
    private async Task Join(NpgsqlConnection connection, CancellationToken stop)
    {
        if (_life.Unknown is { } id)
        {
            var join = new Announcement(Announcement.Joining, Process, 0, id, default, Last: true, []);
            await GatewayRows.Tell(connection, [(Announcement.Channel, join.Text())], stop);
        }
    }

    // On the reader of the socket, so nothing here waits.
    private void Receive(string payload)
    {
        if (Announcement.Parse(payload) is not { } heard || heard.From == Process)
        {
            return;
        }

        switch (heard.Kind)
        {
            case Announcement.Changed:
                Hear(heard);
                break;
            case Announcement.Joining:
                Meet(heard);
                break;
            case Announcement.Aware:
                _life.KnownTo(heard.Life, heard.Of);
                break;
            case Announcement.Confirmed:
                Confirmed?.Invoke(heard.Life, heard.Number);
                break;
            default:
                break;
        }
    }

    private void Hear(Announcement heard)
    {
        if (!_heard.Follow(heard, out var followed))
        {
            return;
        }

        if (followed.IsCompleted)
        {
            Confirm(heard);
        }
        else
        {
            _ = followed.ContinueWith(
                _ => Confirm(heard), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Confirm(Announcement heard)
    {
        if (_life.Id is { } life)
        {
            _replies.Add(heard.From, new Announcement(Announcement.Confirmed, Process, heard.Number, life, default, Last: true, []));
        }
    }

    private void Meet(Announcement heard)
    {
        if (_life.Met(heard.Life) is { } mine)
        {
            _replies.Add(heard.From, new Announcement(Announcement.Aware, Process, 0, mine, heard.Life, Last: true, []));
        }
    }

    /// <summary>Nothing is remembered across this.</summary>
    private void End(string reason)
    {
        if (_life.End())
        {
            metrics.Dropped();
            logger.LogInformation("Memory is dropped and requests read the database: {Reason}", reason);
        }

        _ = memory.Forget();
    }

    private async Task Leave()
    {
        _life.Close();
        if (_life.Id is { } mine && Owes?.Invoke() != true)
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await using var connection = await pool.OpenConnectionAsync(limit.Token);
            await GatewayRows.End(connection, mine, limit.Token);
        }

        _life.End();
    }

    private long Ticks(TimeSpan time) => (long)(time.TotalSeconds * clock.TimestampFrequency);

    private TimeSpan Offset() =>
        wall.GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromSeconds(clock.GetTimestamp() / (double)clock.TimestampFrequency);

    /// <summary>How people tell the gateways of a database apart: the machine (in a cluster the pod) and the process.</summary>
    public static string NameOfThis() =>
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}:{Environment.ProcessId}");
}
