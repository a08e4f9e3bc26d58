namespace Hoop.Shared.Memory;

/// <summary>
/// The state machine of one gateway in the protocol of coherent memory; no clock, no network, no thread. <see cref="MemorySession"/>
/// drives it, and a test explores it in every order of events (docs/coherence.md has the argument).
/// <list type="bullet">
/// <item>A life begins with a row and its lease (<see cref="Begin"/>). From then on this gateway confirms announcements.</item>
/// <item>It answers from memory once every gateway that it found has confirmed that it knows of this one (<see cref="Joined"/>), and only
/// while its lease holds, counted from before the renewal was sent. So a gateway that knows of nobody is alone, and need not ask.</item>
/// <item>A lease that lapsed ends the life. What was remembered is dropped before the next begins under another id.</item>
/// </list>
/// Times are ticks of one monotonic clock.
/// </summary>
internal sealed class Membership
{
    private readonly HashSet<Guid> _others = [];
    private readonly HashSet<Guid> _unaware = [];
    private long _leaseEnds;

    /// <summary>The id of this life; null while there is none.</summary>
    public Guid? Id { get; private set; }

    /// <summary>The other gateways that may answer from memory, as far as this one was told.</summary>
    public IReadOnlyCollection<Guid> Others => _others;

    /// <summary>Those that have not confirmed yet that they know of this gateway.</summary>
    public IReadOnlyCollection<Guid> Unaware => _unaware;

    public long LeaseEnds => _leaseEnds;

    /// <summary>The row is written.</summary>
    /// <param name="leaseEnds">Counted from before the statement was sent.</param>
    /// <param name="others">The rows that held a lease in a statement that began after the row was committed.</param>
    public void Begin(Guid id, long leaseEnds, IEnumerable<Guid> others)
    {
        // Whoever announced itself between the row and the list is kept: its announcement may have been heard already.
        Id = id;
        _leaseEnds = leaseEnds;
        _unaware.Clear();
        foreach (var other in others.Where(other => other != id))
        {
            _others.Add(other);
            _unaware.Add(other);
        }
    }

    /// <summary>To be called before a renewal is sent; its answer belongs to it.</summary>
    public Renewal Renew() => new([.. _others]);

    /// <summary>The row's lease was prolonged.</summary>
    /// <param name="sent">The renewal that is answered.</param>
    /// <param name="leaseEnds">Counted from before it was sent.</param>
    /// <param name="alive">The rows whose lease runs.</param>
    /// <param name="ended">The rows whose lease ended without a goodbye.</param>
    /// <param name="now">When the answer was here.</param>
    /// <returns>What has to be done.</returns>
    public After Renewed(Renewal sent, long leaseEnds, IReadOnlySet<Guid> alive, IReadOnlySet<Guid> ended, long now)
    {
        if (Id is null || now >= _leaseEnds)
        {
            return After.Lapsed;
        }

        _leaseEnds = leaseEnds;
        var forget = false;

        // Only those known before it was sent can be missing from the answer: others may have come after the statement's snapshot.
        foreach (var other in sent.Known.Where(other => !alive.Contains(other)))
        {
            _others.Remove(other);
            _unaware.Remove(other);
            forget |= ended.Contains(other);
        }

        return forget ? After.Forget : After.Nothing;
    }

    /// <summary>Another gateway says that it comes.</summary>
    public void Met(Guid other)
    {
        if (other != Id)
        {
            _others.Add(other);
        }
    }

    /// <summary>Another gateway confirmed that it knows of the life <paramref name="id"/>.</summary>
    public void KnownTo(Guid other, Guid id)
    {
        if (id == Id)
        {
            _unaware.Remove(other);
        }
    }

    /// <summary>The life is over: the lease lapsed, the session broke, or the gateway stops.</summary>
    public void End()
    {
        Id = null;
        _leaseEnds = 0;
        _others.Clear();
        _unaware.Clear();
    }

    /// <summary>A second machine in the same state, for whoever explores them.</summary>
    public Membership Copy()
    {
        var copy = new Membership { Id = Id };
        copy._leaseEnds = _leaseEnds;
        copy._others.UnionWith(_others);
        copy._unaware.UnionWith(_unaware);
        return copy;
    }

    /// <summary>Memory may be filled and used.</summary>
    public bool Joined(long now) => Holds(now) && _unaware.Count == 0;

    /// <summary>
    /// No other gateway answers from memory, so a change needs no announcement. To be asked after the change was committed.
    /// </summary>
    public bool Alone(long now) => Holds(now) && _others.Count == 0;

    private bool Holds(long now) => Id is not null && now < _leaseEnds;

    /// <summary>What an answer to a renewal asks for.</summary>
    internal enum After
    {
        Nothing,

        /// <summary>A gateway ended without a goodbye, maybe between a commit and its announcement: drop everything once.</summary>
        Forget,

        /// <summary>The own lease had ended before the answer came: the life is over.</summary>
        Lapsed,
    }

    /// <summary>A renewal on its way.</summary>
    internal sealed record Renewal(IReadOnlyList<Guid> Known);
}
