namespace Hoop.Spiffe.Channels;

/// <summary>
/// The memory that incomplete messages of agents may take together. Half of it is for results, which channels with work may send, each
/// of them up to the largest message and in turn; the other half is for the small messages of all the others.
/// </summary>
internal sealed class MessageBudget(AgentLimits limits) : IDisposable
{
    private readonly SemaphoreSlim _results = new(limits.BytesInFlight / 2 / AgentLimits.LargestMessage);
    private long _small;

    /// <summary>Of small messages, now.</summary>
    public long SmallBytes => Interlocked.Read(ref _small);

    /// <summary>False when there is no room; nothing is taken then.</summary>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _small, bytes) <= limits.BytesInFlight / 2)
        {
            return true;
        }

        Interlocked.Add(ref _small, -bytes);
        return false;
    }

    public void GiveBack(long bytes) => Interlocked.Add(ref _small, -bytes);

    /// <summary>Waits for the turn of one large message. Nothing more is read from its channel meanwhile.</summary>
    public Task TakeTurn(CancellationToken cancellationToken) => _results.WaitAsync(cancellationToken);

    public void GiveTurnBack() => _results.Release();

    public void Dispose() => _results.Dispose();
}
