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
    public async Task<bool> ForgetEverywhere(CancellationToken cancellationToken)
    {
        await session.StartAsync(cancellationToken);
        await announcer.StartAsync(cancellationToken);
        try
        {
            await session.Listens.WaitAsync(Patience, clock, cancellationToken);
            return await announcer.Announce([new Change(Topic: null, Key: null)]);
        }
        finally
        {
            await announcer.StopAsync(CancellationToken.None);
            await session.StopAsync(CancellationToken.None);
        }
    }
}
