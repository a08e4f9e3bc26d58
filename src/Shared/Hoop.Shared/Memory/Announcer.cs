using System.Collections.Concurrent;
using System.Threading.Channels;
using Hoop.Shared.Background;
using Hoop.Shared.Data;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Hoop.Shared.Memory;

/// <summary>
/// Tells every gateway what a committed command changed, and waits until each has confirmed that it forgot, or cannot answer from memory
/// any more. Changes that come together are sent together. A gateway that is alone sends and waits for nothing.
/// </summary>
public sealed class Announcer : BackgroundService
{
    private const int MostTogether = 512;

    private readonly CoherentMemory _memory;
    private readonly MemorySession _session;
    private readonly MemoryMetrics _metrics;
    private readonly NpgsqlDataSource _pool;
    private readonly BackgroundLoops _loops;
    private readonly BootClock _clock;
    private readonly ILogger<Announcer> _logger;
    private readonly Channel<Due> _due = Channel.CreateUnbounded<Due>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<long, Sent> _sent = new();
    private long _number;
    private int _owed;
    private volatile bool _failed;

    public Announcer(
        CoherentMemory memory,
        MemorySession session,
        MemoryMetrics metrics,
        NpgsqlDataSource pool,
        BackgroundLoops loops,
        BootClock clock,
        ILogger<Announcer> logger)
    {
        (_memory, _session, _metrics, _pool, _loops, _clock, _logger) = (memory, session, metrics, pool, loops, clock, logger);
        session.Confirmed = (life, number) =>
        {
            if (_sent.TryGetValue(number, out var sent))
            {
                sent.Confirm(life);
            }
        };
        session.Owes = () => Volatile.Read(ref _owed) > 0 || _failed;
    }

    /// <summary>
    /// To be called after the commit, whatever became of the caller: others remember what is no longer true. Forgets here first.
    /// </summary>
    /// <returns>False when some gateway may still answer from what it remembers.</returns>
    public async Task<bool> Announce(IReadOnlyCollection<Change> changes)
    {
        Interlocked.Increment(ref _owed);
        try
        {
            var began = _clock.GetTimestamp();
            var followed = Task.WhenAll(changes.Select(
                change => change.Topic is { } topic ? _memory.Changed(topic, change.Key) : _memory.Forget()));
            if (_session.IsAlone)
            {
                await followed;
                return true;
            }

            var due = new Due(changes);
            var confirmed = _due.Writer.TryWrite(due) && await due.Done.Task;
            await followed;
            _metrics.Waited(_clock.GetElapsedTime(began));
            if (!confirmed)
            {
                // When this gateway ends, it says no goodbye, so that everybody forgets.
                _failed = true;
                _metrics.Unconfirmed();
            }

            return confirmed;
        }
        finally
        {
            Interlocked.Decrement(ref _owed);
        }
    }

    /// <summary>For a change made before this gateway runs: told when it does. The log says when it is not confirmed.</summary>
    public void AnnounceLater(IReadOnlyCollection<Change> changes) => _ = Task.Run(async () =>
    {
        if (!await Announce(changes))
        {
            _logger.LogError("Not every gateway has confirmed a change that was made while this one started");
        }
    });

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => _loops.Run("announcements", Round, stoppingToken);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        _due.Writer.TryComplete();
        while (_due.Reader.TryRead(out var due))
        {
            due.Done.TrySetResult(false);
        }
    }

    private async Task Round(CancellationToken stop)
    {
        await _due.Reader.WaitToReadAsync(stop);
        var together = new List<Due>();
        while (together.Count < MostTogether && _due.Reader.TryRead(out var due))
        {
            together.Add(due);
        }

        var (number, sent) = (++_number, new Sent(_clock.GetTimestamp(), together));
        _sent[number] = sent;
        try
        {
            var payloads = Announcement.Payloads(_session.Process, number, [.. together.SelectMany(due => due.Changes).Distinct()]);
            var messages = payloads.Select(payload => (Announcement.Channel, payload)).ToArray();
            _metrics.Announced(together.Count);
            await Send(sent, messages, stop);

            // The next ones need not wait for these confirmations.
            _ = Task.Run(() => Wait(number, sent, messages, stop), CancellationToken.None);
        }
        catch (Exception)
        {
            Finish(number, sent, confirmed: false);
            throw;
        }
    }

    private async Task Send(Sent sent, (string, string)[] messages, CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await using var connection = await _pool.OpenConnectionAsync(stop);
                sent.Expect(await GatewayRows.Notify(connection, _session.Process, messages, stop));
                return;
            }
            catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception)
                && _clock.GetElapsedTime(sent.At) < _memory.Options.ConfirmWithin)
            {
                _logger.LogWarning("An announcement could not be sent, trying again: {Reason}", exception.Message);
                await Task.Delay(_memory.Options.RepeatEvery / 5, stop);
            }
        }
    }

    private async Task Wait(long number, Sent sent, (string, string)[] messages, CancellationToken stop)
    {
        var (options, fenced) = (_memory.Options, false);
        try
        {
            while (!await sent.IsConfirmed(options.RepeatEvery, stop))
            {
                var waited = _clock.GetElapsedTime(sent.At);
                if (waited >= options.ConfirmWithin)
                {
                    _logger.LogError(
                        "Gateways have not confirmed that they forgot what changed: {Gateways}", string.Join(", ", sent.Missing));
                    Finish(number, sent, confirmed: false);
                    return;
                }

                // Only who can hear confirmations may say that somebody does not give them.
                if (waited >= options.FenceAfter && !fenced && _session.IsListening)
                {
                    fenced = await Fence(sent.Missing, stop);
                }

                await Send(sent, messages, stop);
            }

            Finish(number, sent, confirmed: true);
        }
        catch (Exception exception)
        {
            if (!stop.IsCancellationRequested)
            {
                _logger.LogError(exception, "An announcement could not be confirmed");
            }

            Finish(number, sent, confirmed: false);
        }
    }

    private async Task<bool> Fence(Guid[] lives, CancellationToken stop)
    {
        try
        {
            _logger.LogWarning("Fencing gateways that hold their lease and confirm nothing: {Gateways}", string.Join(", ", lives));
            _metrics.Fenced();
            await using var connection = await _pool.OpenConnectionAsync(stop);
            await GatewayRows.Fence(connection, lives, stop);
            return true;
        }
        catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception))
        {
            _logger.LogWarning("Gateways could not be fenced, trying again: {Reason}", exception.Message);
            return false;
        }
    }

    private void Finish(long number, Sent sent, bool confirmed)
    {
        _sent.TryRemove(number, out _);
        foreach (var due in sent.Together)
        {
            due.Done.TrySetResult(confirmed);
        }
    }

    private sealed class Due(IReadOnlyCollection<Change> changes)
    {
        public IReadOnlyCollection<Change> Changes => changes;

        public TaskCompletionSource<bool> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>An announcement on its way, and who has still to confirm it.</summary>
    private sealed class Sent(long at, IReadOnlyList<Due> together)
    {
        private readonly Lock _gate = new();
        private readonly HashSet<Guid> _confirmed = [];
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private HashSet<Guid>? _expected;

        public long At => at;

        public IReadOnlyList<Due> Together => together;

        public Guid[] Missing
        {
            get
            {
                lock (_gate)
                {
                    return [.. _expected?.Except(_confirmed) ?? []];
                }
            }
        }

        /// <summary>The first list says who has to confirm; later ones who cannot answer from memory any more.</summary>
        public void Expect(GatewayRows.Rows rows)
        {
            lock (_gate)
            {
                _expected ??= [.. rows.Alive];
                _expected.IntersectWith(rows.Alive);
                Look();
            }
        }

        public void Confirm(Guid life)
        {
            lock (_gate)
            {
                _confirmed.Add(life);
                Look();
            }
        }

        public async Task<bool> IsConfirmed(TimeSpan within, CancellationToken stop)
        {
            try
            {
                await _all.Task.WaitAsync(within, stop);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }

        // A confirmation may be here before the list is.
        private void Look()
        {
            if (_expected is { } expected && expected.IsSubsetOf(_confirmed))
            {
                _all.TrySetResult();
            }
        }
    }
}
