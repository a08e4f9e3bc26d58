namespace Hoop.Shared.Memory;

/// <summary>
/// What kind of thing may change, with one counter for all of it and one for each group of its keys. A counter only grows, by each
/// announcement; whoever remembers something remembers the counters with it (<see cref="Stamp"/>), and forgets by comparing.
/// </summary>
/// <remarks>
/// Keys share <see cref="Groups"/> counters by their hash. Two keys of one counter forget together, which costs a read and nothing else;
/// in exchange any number of keys takes no memory.
/// </remarks>
public sealed class Topic(string name)
{
    private const int Groups = 4096;

    private readonly long[] _groups = new long[Groups];
    private long _all;

    public string Name { get; } = name;

    /// <summary>To be taken before the read: what is known then already is that it concerns this key.</summary>
    public Stamp Mark(string key)
    {
        var group = GroupOf(key);
        return new Stamp(this, group, Volatile.Read(ref _groups[group]));
    }

    /// <summary>To be taken before the read when only its answer tells the key; then <see cref="Stamp.Of"/>.</summary>
    public Stamp Mark() => new(this, Stamp.Whole, Volatile.Read(ref _all));

    /// <summary>The key changed; null: any of them may have.</summary>
    internal void Change(string? key)
    {
        // The whole first: who reads the group's new number and then finds the whole unchanged would have read the database before the
        // change.
        Interlocked.Increment(ref _all);
        if (key is not null)
        {
            Interlocked.Increment(ref _groups[GroupOf(key)]);
            return;
        }

        for (var group = 0; group < Groups; group++)
        {
            Interlocked.Increment(ref _groups[group]);
        }
    }

    internal long Now(int group) => group == Stamp.Whole ? Volatile.Read(ref _all) : Volatile.Read(ref _groups[group]);

    // FNV-1a: the same in each process, though nothing rests on that.
    internal static int GroupOf(string key)
    {
        var hash = 2166136261u;
        foreach (var character in key)
        {
            hash = (hash ^ character) * 16777619u;
        }

        return (int)((hash ^ (hash >> 16)) % Groups);
    }
}

/// <summary>A counter of a topic as it stood before something was read. The default value is current of nothing.</summary>
public readonly record struct Stamp
{
    internal const int Whole = -1;
    private const int Never = -2;

    private readonly Topic? _topic;
    private readonly int _group;
    private readonly long _count;

    internal Stamp(Topic topic, int group, long count) => (_topic, _group, _count) = (topic, group, count);

    /// <summary>True while nothing was announced since.</summary>
    public bool IsCurrent => _topic is not null && _group != Never && _topic.Now(_group) == _count;

    /// <summary>
    /// Narrows a stamp of the whole topic to the key that the read has told. When anything of the topic was announced during the read
    /// the result is never current, since the answer may be older than that.
    /// </summary>
    public Stamp Of(string key)
    {
        if (_topic is null || _group != Whole)
        {
            throw new InvalidOperationException("Only a stamp of a whole topic can be narrowed.");
        }

        var narrow = _topic.Mark(key);
        return IsCurrent ? narrow : new Stamp(_topic, Never, 0);
    }
}
