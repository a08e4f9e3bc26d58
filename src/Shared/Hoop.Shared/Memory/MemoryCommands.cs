namespace Hoop.Shared.Memory;

/// <summary>What an operator can ask of all gateways from a process that serves nobody.</summary>
public sealed class MemoryCommands(MemorySession session, Announcer announcer, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Makes every gateway of the database forget what it remembers; for changes that were made past the product, with SQL.
    /// </summary>
    /// <returns>False when some gateway has not confirmed.</returns>
    /// <exception cref="TimeoutException">The database does not let this process listen.</exception>
    public Task<bool> ForgetEverywhere(CancellationToken cancellationToken) =>
        Speak(tell => tell([new Change(Topic: null, Key: null)]), cancellationToken);

    /// <summary>For work of which the gateways must hear on its way. Once in a process.</summary>
    /// <param name="work">What it tells is answered with false when some gateway has not confirmed.</param>
    /// <exception cref="TimeoutException">The database does not let this process listen.</exception>
    public async Task<T> Speak<T>(Func<Func<IReadOnlyCollection<Change>, Task<bool>>, Task<T>> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(work);
        await session.StartAsync(cancellationToken);
        await announcer.StartAsync(cancellationToken);
        try
        {
            await session.Listens.WaitAsync(Patience, clock, cancellationToken);
            return await work(announcer.Announce);
        }
        finally
        {
            await announcer.StopAsync(CancellationToken.None);
            await session.StopAsync(CancellationToken.None);
        }
    }
}
