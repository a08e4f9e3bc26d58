using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Testing;

/// <summary>The numbers of one gateway, apart from those of the others in this process.</summary>
public sealed class Readings : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);

    public Readings(TestGateway gateway)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var own = gateway.Services.GetRequiredService<IMeterFactory>();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, own))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>By name, and values of labels in the order in which they are given: <c>name{a,b}</c>. Counters are sums.</summary>
    public double? this[string name]
    {
        get
        {
            _listener.RecordObservableInstruments();
            return _values.TryGetValue(name, out var value) ? value : null;
        }
    }

    /// <summary>Everything that has been seen, for messages of failures.</summary>
    public override string ToString() => string.Join('\n', _values.OrderBy(value => value.Key, StringComparer.Ordinal));

    public void Dispose() => _listener.Dispose();

    private void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = tags.Length == 0 ? "" : $"{{{string.Join(',', tags.ToArray().Select(tag => tag.Value))}}}";
        _values.AddOrUpdate(
            instrument.Name + labels,
            value,
            (_, before) => instrument is Counter<long> or Counter<double> or Counter<int> ? before + value : value);
    }
}
