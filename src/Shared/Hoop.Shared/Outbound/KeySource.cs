using System.Security.Cryptography;
using Hoop.Shared.Pipeline;
using Hoop.Shared.Results;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Outbound;

/// <summary>
/// A value parsed from a <see cref="KeyDocument"/> and refreshed in the background. Readers take an immutable snapshot and never wait;
/// a failed refresh keeps the last good value up to <see cref="KeySourceOptions{T}.MaxAge"/>. There is never more than one load on its way.
/// </summary>
/// <remarks>Whoever meets an unknown key id calls <see cref="RequestRefresh"/>, looks again, and refuses.</remarks>
public sealed class KeySource<T> : IAsyncDisposable
    where T : class
{
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPeriod = TimeSpan.FromHours(1);

    private readonly KeyDocument _document;
    private readonly Func<ReadOnlyMemory<byte>, Result<T>> _parse;
    private readonly KeySourceOptions<T> _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _timer;
    private volatile State _state = new();
    private Flight? _flight;
    private long? _lastForced;
    private bool _stopped;

    /// <summary>Loads nothing until <see cref="Start"/>.</summary>
    /// <param name="document">Where the bytes come from.</param>
    /// <param name="parse">Turns them into the value; an error keeps the last good one.</param>
    /// <param name="options">Periods and limits.</param>
    /// <param name="clock">Periods, ages and waits follow it.</param>
    /// <param name="logger">Told once when refreshing begins to fail, and once when it is well again.</param>
    public KeySource(
        KeyDocument document, Func<ReadOnlyMemory<byte>, Result<T>> parse, KeySourceOptions<T> options, TimeProvider clock, ILogger logger)
    {
        (_document, _parse, _options, _clock, _logger) = (document, parse, options, clock, logger);
        _timer = clock.CreateTimer(_ => Begin(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>For logs and health.</summary>
    public string Name => _document.Name;

    /// <summary>Where loads run; tests order them by it.</summary>
    internal TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>The state of this moment. Costs one read of a field and one of the clock.</summary>
    public KeySnapshot<T> Snapshot
    {
        get
        {
            var state = _state;
            return state.Value is null
                ? new KeySnapshot<T>(Value: null, state.Version, LoadedAt: null, Age: null, state.LastError)
                : new KeySnapshot<T>(
                    IsUsable(state) ? state.Value : null,
                    state.Version,
                    state.LoadedAt,
                    _clock.GetElapsedTime(state.LoadedStamp),
                    state.LastError)
                {
                    UsableFor = _document.IsConstant ? null : _options.MaxAge - _clock.GetElapsedTime(state.LoadedStamp),
                };
        }
    }

    /// <summary>Ends when no load is on its way.</summary>
    internal Task Idle
    {
        get
        {
            lock (_gate)
            {
                return _flight?.Completion ?? Task.CompletedTask;
            }
        }
    }

    /// <summary>Begins to load and to refresh. The task ends when the first load has, well or badly: see <see cref="Snapshot"/>.</summary>
    public Task Start() => Begin()?.Completion ?? Task.CompletedTask;

    /// <summary>
    /// For an unknown key id: begins a refresh unless one was forced less than <see cref="KeySourceOptions{T}.ForcedInterval"/> ago, and
    /// waits for the one on its way, together with everybody else and no longer than <see cref="KeySourceOptions{T}.ForcedWait"/> from its
    /// start. What gave nothing at the last try is not waited for: strangers who name it would fill the places of those who wait.
    /// </summary>
    /// <returns>The state after the wait, fresh or not.</returns>
    public async Task<KeySnapshot<T>> RequestRefresh(CancellationToken cancellationToken)
    {
        if (!_document.IsConstant && Force() is { } flight && Snapshot is not { Value: null, LastError: not null })
        {
            var left = _options.ForcedWait - _clock.GetElapsedTime(flight.Started);
            if (left > TimeSpan.Zero)
            {
                await Task.WhenAny(flight.Completion, Task.Delay(left, _clock, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return Snapshot;
    }

    /// <summary>For an administrator who asks: refreshes now, or joins the refresh on its way, and waits for its end.</summary>
    /// <returns>The state afterwards; <see cref="KeySnapshot{T}.LastError"/> says whether it went well.</returns>
    [Effect("fetches keys")]
    public async Task<KeySnapshot<T>> RefreshNow(CancellationToken cancellationToken)
    {
        if (Begin() is { } flight)
        {
            await flight.Completion.WaitAsync(cancellationToken);
        }

        return Snapshot;
    }

    /// <summary>Stops refreshing and waits for a load on its way to end. The last snapshot stays readable.</summary>
    public async ValueTask DisposeAsync()
    {
        Flight? flight;
        lock (_gate)
        {
            if (_stopped)
            {
                return;
            }

            _stopped = true;
            flight = _flight;
        }

        await _timer.DisposeAsync();
        await _stop.CancelAsync();
        await (flight?.Completion ?? Task.CompletedTask);
        _stop.Dispose();
    }

    private bool IsUsable(State state) => _document.IsConstant || _clock.GetElapsedTime(state.LoadedStamp) <= _options.MaxAge;

    private Flight? Force()
    {
        lock (_gate)
        {
            if (_flight is not null)
            {
                return _flight;
            }

            if (_lastForced is { } last && _clock.GetElapsedTime(last) < _options.ForcedInterval)
            {
                return null;
            }

            _lastForced = _clock.GetTimestamp();
            return Begin();
        }
    }

    /// <summary>The load on its way, which it begins when there is none; null once disposed.</summary>
    private Flight? Begin()
    {
        lock (_gate)
        {
            if (_flight is null && !_stopped)
            {
                var completion = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _flight = new Flight(_clock.GetTimestamp(), completion.Task);
                _ = Task.Factory.StartNew(
                    () => Run(completion), CancellationToken.None, TaskCreationOptions.DenyChildAttach, Scheduler);
            }

            return _flight;
        }
    }

    private async Task Run(TaskCompletionSource completion)
    {
        var before = _state;
        var after = await Load(before);
        _state = after;
        Report(before, after);
        lock (_gate)
        {
            _flight = null;
            if (!_stopped && !_document.IsConstant)
            {
                _timer.Change(Pause(after), Timeout.InfiniteTimeSpan);
            }
        }

        completion.SetResult();
    }

    private async Task<State> Load(State before)
    {
        try
        {
            using var limit = new CancellationTokenSource(_options.LoadTimeout, _clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, _stop.Token);
            if (!(await _document.Load(either.Token)).Succeeded(out var bytes, out var error))
            {
                return before with { LastError = error };
            }

            var fingerprint = SHA256.HashData(bytes.Span);
            if (before.Fingerprint is not null && fingerprint.AsSpan().SequenceEqual(before.Fingerprint))
            {
                return before with { LoadedAt = _clock.GetUtcNow(), LoadedStamp = _clock.GetTimestamp(), LastError = null };
            }

            if (!_parse(bytes).Succeeded(out var value, out error))
            {
                return before with { LastError = error };
            }

            // A value that has grown too old is not in use, so it has no say in what follows it.
            return before.Value is { } old && IsUsable(before) && _options.Accept?.Invoke(old, value) is { } refused
                ? before with { LastError = refused }
                : new State(
                    value,
                    before.Version + 1,
                    _clock.GetUtcNow(),
                    _clock.GetTimestamp(),
                    fingerprint,
                    _options.RefreshHint?.Invoke(value),
                    LastError: null);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Disposed of: nothing failed.
            return before;
        }
        catch (OperationCanceledException)
        {
            return before with { LastError = Error.Unavailable($"{_document.Name} was not loaded in time", OutboundErrors.TimedOut) };
        }
        catch (Exception bug)
        {
            _logger.LogError(bug, "Loading {Source} failed unexpectedly", _document.Name);
            return before with { LastError = Error.Unavailable($"{_document.Name} cannot be used; the log says why", "key_source_failed") };
        }
    }

    private void Report(State before, State after)
    {
        if (after.LastError is { } error && before.LastError?.Code != error.Code)
        {
            _logger.LogWarning("Refreshing {Source} failed ({Code}): {Reason}", _document.Name, error.Code, error.Message);
        }
        else if (after.LastError is null && before.LastError is not null)
        {
            _logger.LogInformation("Refreshing {Source} works again", _document.Name);
        }

        if (after.Version == before.Version)
        {
            return;
        }

        try
        {
            _options.Changed?.Invoke(Snapshot);
        }
        catch (Exception bug)
        {
            _logger.LogError(bug, "A listener to changes of {Source} failed", _document.Name);
        }
    }

    private TimeSpan Pause(State state)
    {
        if (state.Value is null)
        {
            return Jitter(_options.FirstRetry < _options.Period ? _options.FirstRetry : _options.Period);
        }

        var period = state.Hint is not { } hint
            ? _options.Period
            : hint < ShortestPeriod ? ShortestPeriod : hint > LongestPeriod ? LongestPeriod : hint;
        return Jitter(period);
    }

    /// <summary>Only ever later: a forced refresh then comes before the next regular one and postpones it.</summary>
    private static TimeSpan Jitter(TimeSpan period) => period + (period * (Random.Shared.NextDouble() / 10));

    /// <summary>A load on its way.</summary>
    private sealed record Flight(long Started, Task Completion);

    private sealed record State(
        T? Value, long Version, DateTimeOffset? LoadedAt, long LoadedStamp, byte[]? Fingerprint, TimeSpan? Hint, Error? LastError)
    {
        public State()
            : this(Value: null, Version: 0, LoadedAt: null, LoadedStamp: 0, Fingerprint: null, Hint: null, LastError: null)
        {
        }
    }
}
