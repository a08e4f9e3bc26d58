using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Hoop.Shared.Memory;

/// <summary>The numbers of coherent memory, meter <c>Hoop.Memory</c>; docs/coherence.md says which to watch.</summary>
public sealed class MemoryMetrics
{
    public const string MeterName = "Hoop.Memory";

    private readonly ConcurrentDictionary<string, Store> _stores = new(StringComparer.Ordinal);
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _announcements;
    private readonly Counter<long> _unconfirmed;
    private readonly Counter<long> _drops;
    private readonly Counter<long> _fences;
    private double _queue;
    private long _sent;

    public MemoryMetrics(IMeterFactory meters, CoherentMemory memory)
    {
        var meter = meters.Create(MeterName);
        _waits = meter.CreateHistogram<double>(
            "hoop.memory.wait", "s", "From the commit of a change until every gateway has confirmed that it forgot.");
        _announcements = meter.CreateCounter<long>("hoop.memory.announcements", "{announcement}", "Announcements sent to other gateways.");
        _unconfirmed = meter.CreateCounter<long>(
            "hoop.memory.unconfirmed", "{announcement}", "Changes whose callers were told that not every gateway has confirmed.");
        _drops = meter.CreateCounter<long>("hoop.memory.drops", "{drop}", "Times that everything was forgotten at once.");
        _fences = meter.CreateCounter<long>("hoop.memory.fences", "{gateway}", "Gateways that this one fenced.");
        meter.CreateObservableGauge(
            "hoop.memory.lease", () => memory.LeaseLeft.TotalSeconds, "s", "What is left of the lease; 0 while memory is not used.");
        meter.CreateObservableGauge(
            "hoop.memory.queue", () => Volatile.Read(ref _queue), "1", "How full PostgreSQL's queue of notifications is, 0 to 1.");
        meter.CreateObservableGauge(
            "hoop.memory.entries",
            () => _stores.Select(store => new Measurement<int>(store.Value.Count, new KeyValuePair<string, object?>("store", store.Key))),
            "{entry}",
            "Answers that are remembered.");
        meter.CreateObservableCounter("hoop.memory.hits", () => Reads(hits: true), "{read}", "Answers from memory.");
        meter.CreateObservableCounter("hoop.memory.misses", () => Reads(hits: false), "{read}", "Answers that were read.");
    }

    /// <summary>How often something of a store had to be read.</summary>
    public long MissesOf(string store) => Of(store).Misses;

    /// <summary>Announcements that were sent to other gateways.</summary>
    public long AnnouncementsSent => Interlocked.Read(ref _sent);

    internal Store Of(string name) => _stores.GetOrAdd(name, static _ => new Store());

    internal void Waited(TimeSpan wait) => _waits.Record(wait.TotalSeconds);

    internal void Announced(int count)
    {
        Interlocked.Add(ref _sent, count);
        _announcements.Add(count);
    }

    internal void Unconfirmed() => _unconfirmed.Add(1);

    internal void Dropped() => _drops.Add(1);

    internal void QueueIs(double usage) => Volatile.Write(ref _queue, usage);

    internal void Fenced() => _fences.Add(1);

    private IEnumerable<Measurement<long>> Reads(bool hits) => _stores.Select(
        store => new Measurement<long>(hits
            ? store.Value.Hits
            : store.Value.Misses, new KeyValuePair<string, object?>("store", store.Key)));

    /// <summary>Counted in plain fields: an instrument on each request's path costs more than the look into memory.</summary>
    internal sealed class Store
    {
        private long _hits;
        private long _misses;
        private int _count;

        public long Hits => Volatile.Read(ref _hits);

        public long Misses => Volatile.Read(ref _misses);

        public int Count => Volatile.Read(ref _count);

        public void Hit() => Interlocked.Increment(ref _hits);

        public void Miss() => Interlocked.Increment(ref _misses);

        public void Entries(int count) => Volatile.Write(ref _count, count);
    }
}
