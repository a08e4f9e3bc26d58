using Hoop.Shared.Configuration;
using Microsoft.Extensions.Logging;

namespace Hoop.PrivatePostgres;

/// <summary>
/// Looks every second whether the private PostgreSQL still runs and starts it again when not. Until then requests are answered with
/// 503.
/// </summary>
public sealed class PostgresWatch : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _watching;

    public PostgresWatch(EmbeddedPostgres server, ILogger logger) => _watching = Watch(server, logger, _stop.Token);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _watching;
        _stop.Dispose();
    }

    private static async Task Watch(EmbeddedPostgres server, ILogger logger, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (!stop.IsCancellationRequested && await server.Revive(stop))
                {
                    logger.LogWarning("PostgreSQL was gone and has been started again");
                }
            }
            catch (ConfigurationException exception)
            {
                logger.LogError("PostgreSQL is gone and does not start: {Reason}", exception.Message);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }
}
