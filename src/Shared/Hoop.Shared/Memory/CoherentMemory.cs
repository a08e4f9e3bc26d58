using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Memory;

/// <summary>
/// What this gateway may remember, and when it must forget (docs/coherence.md). It may answer from memory only while its lease holds;
/// whatever is announced is forgotten before the announcement is confirmed, and the call that changed something returns after that.
/// <code>
/// using var subscription = memory.Subscribe("agents", key => { … });  // key: which one; null: any of them may have changed
/// db.Announce("agents", id.ToString());                               // in a command's handler; sent after its commit
/// </code>
/// Readers use <see cref="Remembered{TKey, TValue}"/>, handlers say what their answers rest on by <see cref="Dependencies"/>.
/// </summary>
public sealed class CoherentMemory(BootClock clock, MemoryOptions options, ILogger<CoherentMemory> logger)
{
    /// <summary>As many topics as there can be; the names come from the database, where others write too.</summary>
    private const int MostTopics = 256;

    private readonly ConcurrentDictionary<string, Topic> _topics = new(StringComparer.Ordinal);
    private readonly Topic _overflow = new("");
    private ImmutableArray<Subscription> _subscriptions = [];
    private long _until;
    private long _epoch;
    private long _changes;

    public MemoryOptions Options => options;

    /// <summary>True while answers may come from memory.</summary>
    public bool MayAnswer => MayAnswerAt(Now);

    /// <param name="now">By the memory's clock, read before whatever is answered.</param>
    internal bool MayAnswerAt(long now) => now < Volatile.Read(ref _until);

    /// <summary>Everything that was remembered under another number is gone.</summary>
    internal long Epoch => Volatile.Read(ref _epoch);

    /// <summary>Grows with every announcement of any topic.</summary>
    public long Changes => Volatile.Read(ref _changes);

    internal long Frequency => clock.TimestampFrequency;

    internal long Now => clock.GetTimestamp();

    internal TimeSpan LeaseLeft =>
        TimeSpan.FromSeconds(Math.Max(0, Volatile.Read(ref _until) - Now) / (double)clock.TimestampFrequency);

    public Topic Topic(string name) =>
        _topics.TryGetValue(name, out var topic) ? topic
        : _topics.Count < MostTopics ? _topics.GetOrAdd(name, static key => new Topic(key))
        : _overflow;

    /// <summary>
    /// Calls <paramref name="changed"/> for each announcement of <paramref name="topic"/>, on this gateway or another, and with null
    /// whenever some may have been missed. The announcing call waits for the task, though not long: what has to follow the change on
    /// every gateway before it counts as done. A failure is logged and nothing else.
    /// </summary>
    public IDisposable Subscribe(string topic, Func<string?, Task> changed)
    {
        var subscription = new Subscription(this, topic, changed);
        ImmutableInterlocked.Update(ref _subscriptions, (all, one) => all.Add(one), subscription);
        return subscription;
    }

    /// <summary>As the other, for work that is done when the call returns or that nobody has to wait for.</summary>
    public IDisposable Subscribe(string topic, Action<string?> changed) => Subscribe(topic, key =>
    {
        changed(key);
        return Task.CompletedTask;
    });

    /// <summary>
    /// Something changed that concerns this gateway alone, such as a fetched key set: forget, and tell the subscribers.
    /// </summary>
    /// <returns>Ends when the subscribers have followed, or after <see cref="MemoryOptions.SettleWithin"/>.</returns>
    public Task Changed(string topic, string? key)
    {
        Interlocked.Increment(ref _changes);
        Topic(topic).Change(key);
        return Tell(subscription => string.Equals(subscription.Topic, topic, StringComparison.Ordinal), key);
    }

    /// <summary>Everything may have changed.</summary>
    internal Task Forget()
    {
        Interlocked.Increment(ref _changes);
        Interlocked.Increment(ref _epoch);
        return Tell(_ => true, key: null);
    }

    /// <summary>Memory may be used until then, by the clock's timestamp.</summary>
    internal void Open(long until) => Volatile.Write(ref _until, until);

    internal void Close() => Volatile.Write(ref _until, 0);

    internal long After(TimeSpan life) => Now + (long)(life.TotalSeconds * clock.TimestampFrequency);

    private Task Tell(Func<Subscription, bool> concerned, string? key)
    {
        List<Task>? followed = null;
        foreach (var subscription in _subscriptions.Where(concerned))
        {
            var task = Tell(subscription, key);
            if (!task.IsCompleted)
            {
                (followed ??= []).Add(task);
            }
        }

        return followed is null ? Task.CompletedTask : Settle(followed);
    }

    private async Task Settle(List<Task> followed)
    {
        try
        {
            await Task.WhenAll(followed).WaitAsync(options.SettleWithin);
        }
        catch (TimeoutException)
        {
            logger.LogWarning(
                "A subscriber of announcements takes longer than {Limit}; nobody waits for it any more", options.SettleWithin);
        }
    }

    private async Task Tell(Subscription subscription, string? key)
    {
        try
        {
            await subscription.Changed(key);
        }
        catch (Exception exception)
        {
            // One subscriber's bug must not silence the others.
            logger.LogError(exception, "A subscriber of {Topic} failed", subscription.Topic);
        }
    }

    private sealed class Subscription(CoherentMemory memory, string topic, Func<string?, Task> changed) : IDisposable
    {
        public string Topic => topic;

        public Func<string?, Task> Changed => changed;

        public void Dispose() => ImmutableInterlocked.Update(ref memory._subscriptions, (all, one) => all.Remove(one), this);
    }
}
