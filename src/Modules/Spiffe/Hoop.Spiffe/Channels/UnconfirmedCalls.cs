namespace Hoop.Spiffe.Channels;

/// <summary>
/// Calls of one channel for whose answer nobody waits any more, because the agent did not confirm the end of their command in time. Each
/// holds what was sent with it, credentials too, so there are never many, and none for long. An answer that comes later is dropped.
/// </summary>
internal sealed class UnconfirmedCalls(TimeProvider clock)
{
    /// <summary>One more gives the oldest up.</summary>
    public const int Most = 64;

    private readonly Lock _gate = new();
    private readonly LinkedList<CancellationTokenSource> _calls = new();

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _calls.Count;
            }
        }
    }

    /// <summary>Ends when the call has, which is after <paramref name="patience"/> at the latest. Never fails.</summary>
    /// <param name="giveUp">Ends the call; its own from now on.</param>
    public async Task Keep(Task call, CancellationTokenSource giveUp, TimeSpan patience)
    {
        var place = Add(giveUp);
        try
        {
            await call.WaitAsync(patience, clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await giveUp.CancelAsync();
            await call.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            lock (_gate)
            {
                if (place.List is not null)
                {
                    _calls.Remove(place);
                }

                giveUp.Dispose();
            }
        }
    }

    private LinkedListNode<CancellationTokenSource> Add(CancellationTokenSource giveUp)
    {
        lock (_gate)
        {
            if (_calls.Count >= Most)
            {
                // On threads of its own: what the end of the call sets off must not run under the lock.
                _ = _calls.First!.Value.CancelAsync();
                _calls.RemoveFirst();
            }

            return _calls.AddLast(giveUp);
        }
    }
}
