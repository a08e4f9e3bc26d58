using Hoop.Shared.Data;

namespace Hoop.Shared.Memory;

/// <summary>
/// What an answer that is being made rests on. Handlers that answer who somebody is, or what it may do, say it before they read; so
/// whoever asked them can remember the answer until one of it changes. One for each scope; asking nobody costs nothing.
/// <code>
/// var tokens = dependencies.On(Topics.ApiTokens);       // before the read, when only its answer tells the key
/// var row = await db.AcrossOrgs.Find…
/// tokens.Key(row.Id.ToString());
/// </code>
/// </summary>
public sealed class Dependencies(CoherentMemory memory)
{
    private readonly List<Stamp> _stamps = [];
    private long? _ends;
    private bool _isAsked;

    /// <summary>The counters of before; nothing means that nobody declared anything.</summary>
    internal IReadOnlyList<Stamp> Stamps => _stamps;

    /// <summary>The end that somebody set, by the memory's clock; null: none.</summary>
    internal long? Ends => _ends;

    /// <summary>Somebody will remember the answer; without it nothing is gathered.</summary>
    internal void Ask() => _isAsked = true;

    /// <summary>The answer concerns one key, known before the read.</summary>
    public void On(string topic, string key)
    {
        if (_isAsked)
        {
            _stamps.Add(memory.Topic(topic).Mark(key));
        }
    }

    /// <summary>The answer concerns an organization, or one thing of it (<see cref="ChangeKey"/>).</summary>
    public void On(string topic, Guid orgId, string? thing = null)
    {
        if (_isAsked)
        {
            On(topic, thing is null ? ChangeKey.Of(orgId) : ChangeKey.Of(orgId, thing));
        }
    }

    /// <summary>The key will be known after the read. Until it is told, every announcement of the topic counts.</summary>
    public Pending On(string topic)
    {
        if (!_isAsked)
        {
            return default;
        }

        _stamps.Add(memory.Topic(topic).Mark());
        return new Pending(this, _stamps.Count - 1);
    }

    /// <summary>The answer holds for this long at most, whatever is announced.</summary>
    public void NoLongerThan(TimeSpan life)
    {
        var ends = memory.After(life);
        _ends = _ends is { } earlier && earlier < ends ? earlier : ends;
    }

    /// <summary>A dependency whose key is not known yet.</summary>
    public readonly struct Pending
    {
        private readonly Dependencies? _dependencies;
        private readonly int _index;

        internal Pending(Dependencies dependencies, int index) => (_dependencies, _index) = (dependencies, index);

        public void Key(string key)
        {
            if (_dependencies is { } on)
            {
                on._stamps[_index] = on._stamps[_index].Of(key);
            }
        }
    }
}
