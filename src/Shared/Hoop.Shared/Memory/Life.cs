namespace Hoop.Shared.Memory;

/// <summary>The <see cref="Membership"/> of this gateway for many threads, and the memory that it opens and closes.</summary>
internal sealed class Life(CoherentMemory memory, BootClock clock)
{
    private readonly Lock _gate = new();
    private readonly Membership _membership = new();

    /// <summary>Null between two lives.</summary>
    public Guid? Id => Look(membership => membership.Id);

    public bool IsAlone => Look(membership => membership.Alone(clock.GetTimestamp()));

    /// <summary>Its id while others do not know of it yet.</summary>
    public Guid? Unknown => Look(membership => membership.Unaware.Count > 0 ? membership.Id : null);

    /// <param name="asked">When the statement that wrote the row was sent.</param>
    public void Begin(Guid id, long asked, IEnumerable<Guid> others) => Change(membership =>
    {
        membership.Begin(id, LeaseFrom(asked), others);
        return true;
    });

    public (Membership.Renewal Sent, Guid? Id) Renew() => Look(membership => (membership.Renew(), membership.Id));

    /// <param name="asked">When the renewal was sent.</param>
    public Membership.After Renewed(Membership.Renewal sent, long asked, GatewayRows.Rows rows) => Change(
        membership => membership.Renewed(sent, LeaseFrom(asked), rows.Alive, rows.Ended, clock.GetTimestamp()));

    /// <summary>Another gateway comes. The id of the own life, for the answer.</summary>
    public Guid? Met(Guid other) => Change(membership =>
    {
        membership.Met(other);
        return membership.Id;
    });

    public void KnownTo(Guid other, Guid id) => Change(membership =>
    {
        membership.KnownTo(other, id);
        return true;
    });

    /// <summary>Nothing is answered from memory from now on; the others still wait for this gateway.</summary>
    public void Close()
    {
        lock (_gate)
        {
            memory.Close();
        }
    }

    /// <summary>True when there was a life to end.</summary>
    public bool End()
    {
        lock (_gate)
        {
            var had = _membership.Id is not null;
            _membership.End();
            memory.Close();
            return had;
        }
    }

    private T Look<T>(Func<Membership, T> look)
    {
        lock (_gate)
        {
            return look(_membership);
        }
    }

    private T Change<T>(Func<Membership, T> change)
    {
        lock (_gate)
        {
            var result = change(_membership);
            if (memory.Options.Enabled && _membership.Joined(clock.GetTimestamp()))
            {
                memory.Open(_membership.LeaseEnds);
            }
            else
            {
                memory.Close();
            }

            return result;
        }
    }

    private long LeaseFrom(long asked) =>
        asked + (long)((memory.Options.Lease - memory.Options.LeaseMargin).TotalSeconds * clock.TimestampFrequency);
}
