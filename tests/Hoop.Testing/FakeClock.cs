namespace Hoop.Testing;

/// <summary>
/// A clock that moves only when told. Timers (and what is built on them: <c>Task.Delay</c>, time-outs) fire inside
/// <see cref="Advance"/>.
/// </summary>
public sealed class FakeClock(DateTimeOffset start) : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<Timer> _timers = [];
    private long _elapsed;
    private TimeSpan _offset;

    /// <summary>Starts at 2026-01-01T00:00:00Z.</summary>
    public FakeClock()
        : this(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
    {
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>When the next timer fires, counted from now; null when none is set. For tests of schedules.</summary>
    public TimeSpan? NextTimer
    {
        get
        {
            lock (_gate)
            {
                return _timers.Min(timer => timer.Due) is { } due ? TimeSpan.FromTicks(due - _elapsed) : null;
            }
        }
    }

    public override long GetTimestamp()
    {
        lock (_gate)
        {
            return _elapsed;
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return start + _offset + TimeSpan.FromTicks(_elapsed);
        }
    }

    /// <summary>Moves on, firing every timer that falls due, in order, each at its own moment.</summary>
    public void Advance(TimeSpan time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        long until;
        lock (_gate)
        {
            until = _elapsed + time.Ticks;
        }

        while (Next(until) is { } timer)
        {
            timer.Fire();
        }
    }

    /// <summary>Sets the wall clock forward or back, as an administrator or NTP does; elapsed time and timers do not notice.</summary>
    public void Jump(TimeSpan by)
    {
        lock (_gate)
        {
            _offset += by;
        }
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private Timer? Next(long until)
    {
        lock (_gate)
        {
            var timer = _timers.Where(one => one.Due <= until).MinBy(one => one.Due);
            _elapsed = timer is null ? until : Math.Max(_elapsed, timer.Due!.Value);
            timer?.Reschedule();
            return timer;
        }
    }

    private sealed class Timer(FakeClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public long? Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                _period = period;
                Due = dueTime == Timeout.InfiniteTimeSpan ? null : clock._elapsed + dueTime.Ticks;
                clock._timers.Remove(this);
                if (Due is not null)
                {
                    clock._timers.Add(this);
                }

                return true;
            }
        }

        public void Reschedule() => Change(_period > TimeSpan.Zero ? _period : Timeout.InfiniteTimeSpan, _period);

        public void Fire() => callback(state);

        public void Dispose() => Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
