using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Memory;

/// <summary>
/// Answers that are remembered as long as what they rest on stands. Bounded in number; when it is full of what still holds, a new
/// answer is not remembered, so nobody can push out somebody else's. For any number of threads.
/// </summary>
/// <remarks>
/// Absence is not remembered: a refusal costs its reads each time, and what a call grants counts at once. Reading an entry never prolongs
/// it, and a read that fails leaves none. Concurrent reads of one key are one, unless something was announced since it began.
/// </remarks>
/// <param name="name">For the metrics; snake_case.</param>
/// <param name="capacity">In answers.</param>
/// <param name="readsAtOnce">After everything was dropped, the database must not be asked by every caller together.</param>
#pragma warning disable CA1001 // Nobody takes the semaphore's wait handle, which is all that would have to be disposed of.
public sealed class Remembered<TKey, TValue>(
    CoherentMemory memory, MemoryMetrics metrics, IServiceScopeFactory scopes, string name, int capacity,
    int readsAtOnce = Remembered.ReadsAtOnce)
    where TKey : IEquatable<TKey>
    where TValue : class
#pragma warning restore CA1001
{
    private static readonly TimeSpan ReadWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private readonly ConcurrentDictionary<TKey, Flight> _flights = new();
    private readonly SemaphoreSlim _reads = new(readsAtOnce);
    private readonly MemoryMetrics.Store _metrics = metrics.Of(name);
    private int _count;
    private long _sweepAfter;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Where reads run; tests order them by it.</summary>
    internal TaskScheduler Scheduler { get; init; } = TaskScheduler.Default;

    /// <summary>What is remembered and holds; null when nothing does.</summary>
    public TValue? Find(TKey key)
    {
        var now = memory.Now;
        if (memory.MayAnswerAt(now) && _entries.TryGetValue(key, out var entry) && Holds(entry, now))
        {
            _metrics.Hit();
            return entry.Value;
        }

        return null;
    }

    /// <summary>What is remembered, or what <paramref name="read"/> answers now.</summary>
    /// <param name="services">Of the caller, for a read that nobody else waits for.</param>
    /// <param name="read">
    /// Gets the services of a scope of its own, in which <see cref="Dependencies"/> gathers what the answer rests on. It must not depend
    /// on who asks.
    /// </param>
    public async ValueTask<Found<TValue>> Get(
        TKey key, IServiceProvider services, Func<IServiceProvider, CancellationToken, Task<Found<TValue>>> read,
            CancellationToken cancellationToken)
    {
        if (Find(key) is { } known)
        {
            return new Found<TValue>(known);
        }

        _metrics.Miss();
        if (!memory.MayAnswer)
        {
            return await read(services, cancellationToken);
        }

        // Joining a read that began before an announcement would be an answer from before it.
        var changes = memory.Changes;
        if (!_flights.TryGetValue(key, out var flight) || flight.Changes != changes)
        {
            var own = new Flight(changes);
            flight = _flights.AddOrUpdate(key, own, (_, other) => other.Changes == changes ? other : own);
            if (ReferenceEquals(flight, own))
            {
                _ = Task.Factory.StartNew(
                    () => Fly(key, own, read), CancellationToken.None, TaskCreationOptions.DenyChildAttach, Scheduler);
            }
        }

        return await flight.Landed.Task.WaitAsync(cancellationToken);
    }

    // Has a deadline of its own and none of the callers' cancellations: the first of them may hang up, the others wait on.
    private async Task Fly(TKey key, Flight flight, Func<IServiceProvider, CancellationToken, Task<Found<TValue>>> read)
    {
        try
        {
            using var limit = new CancellationTokenSource(ReadWithin);
            await _reads.WaitAsync(limit.Token);
            try
            {
                flight.Landed.TrySetResult(await Read(key, read, limit.Token));
            }
            finally
            {
                _reads.Release();
            }
        }
        catch (OperationCanceledException exception)
        {
            flight.Landed.TrySetException(new TimeoutException("The database did not answer in time.", exception));
        }
        catch (Exception exception)
        {
            flight.Landed.TrySetException(exception);
        }
        finally
        {
            _flights.TryRemove(new KeyValuePair<TKey, Flight>(key, flight));
        }
    }

    private async Task<Found<TValue>> Read(
        TKey key, Func<IServiceProvider, CancellationToken, Task<Found<TValue>>> read, CancellationToken cancellationToken)
    {
        var (epoch, mayAnswer, latest) = (memory.Epoch, memory.MayAnswer, memory.After(memory.Options.AgeLimit));
        await using var scope = scopes.CreateAsyncScope();
        var on = scope.ServiceProvider.GetRequiredService<Dependencies>();
        on.Ask();
        var answer = await read(scope.ServiceProvider, cancellationToken);
        if (mayAnswer && answer.Value is { } value)
        {
            if (on.Stamps.Count == 0)
            {
                throw new InvalidOperationException($"What {name} remembers must say what it rests on.");
            }

            var ends = on.Ends is { } earlier && earlier < latest ? earlier : latest;
            Add(key, new Entry(value, [.. on.Stamps], epoch, ends));
        }

        return answer;
    }

    private void Add(TKey key, Entry entry)
    {
        if (!Holds(entry))
        {
            return;
        }

        if (Count >= capacity)
        {
            Sweep();
        }

        if (_entries.TryGetValue(key, out var old))
        {
            _entries.TryUpdate(key, entry, old);
        }
        else if (Interlocked.Increment(ref _count) > capacity || !_entries.TryAdd(key, entry))
        {
            Interlocked.Decrement(ref _count);
        }

        _metrics.Entries(Count);
    }

    private bool Holds(Entry entry) => Holds(entry, memory.Now);

    private bool Holds(Entry entry, long now)
    {
        if (entry.Epoch != memory.Epoch || now >= entry.Ends)
        {
            return false;
        }

        foreach (var stamp in entry.Stamps)
        {
            if (!stamp.IsCurrent)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>At most once a second, so that a full memory does not make every request walk through it.</summary>
    private void Sweep()
    {
        var after = Volatile.Read(ref _sweepAfter);
        if (memory.Now < after || Interlocked.CompareExchange(ref _sweepAfter, memory.After(SweepInterval), after) != after)
        {
            return;
        }

        foreach (var pair in _entries)
        {
            if (!Holds(pair.Value) && _entries.TryRemove(pair))
            {
                Interlocked.Decrement(ref _count);
            }
        }
    }

    private sealed record Entry(TValue Value, Stamp[] Stamps, long Epoch, long Ends);

    private sealed class Flight(long changes)
    {
        public long Changes => changes;

        public TaskCompletionSource<Found<TValue>> Landed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>An answer; with a value it may be remembered, without one <paramref name="Refusal"/> says why there is none.</summary>
public readonly record struct Found<TValue>(TValue? Value, object? Refusal = null)
    where TValue : class;

/// <summary>What all <see cref="Remembered{TKey, TValue}"/> have in common.</summary>
public static class Remembered
{
    public const int ReadsAtOnce = 32;
}
