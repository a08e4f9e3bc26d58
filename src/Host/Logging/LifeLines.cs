using Hoop.Host.Startup;
using Hoop.Shared.Http;

namespace Hoop.Host.Logging;

/// <summary>
/// The first and the last line of a gateway, so that a log tells a stop from a kill, and what an operator should know about its
/// address.
/// </summary>
internal sealed class LifeLines(ILogger<LifeLines> logger, GatewayOptions options, PublicAddress address) : IHostedLifecycleService
{
    private static readonly string Version = typeof(LifeLines).Assembly.GetName().Version!.ToString(3);

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        logger.LogInformation("Hoop {Version} has started; it is reached at {Address}", Version, address.Text);
        if (!options.Listen.IsLoopback && !address.IsConfigured)
        {
            logger.LogWarning(
                "HOOP_PUBLIC_URL is not set, and the gateway listens beyond this machine on plain http: keys of agents will name {Address}, and tokens cross "
                + "the network in the clear. Put a proxy with TLS in front and set HOOP_PUBLIC_URL to its address, such as https://hoop.example.com",
                address.Text);
        }
        else if (address.IsConfigured && address.Value.Scheme == "http" && !address.Value.IsLoopback)
        {
            logger.LogWarning(
                "HOOP_PUBLIC_URL is plain http: tokens and keys of agents cross the network in the clear, and agents refuse such a key unless told otherwise");
        }

        return Task.CompletedTask;
    }

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        logger.LogInformation("Hoop is stopping: it takes no new requests and finishes those under way");
        return Task.CompletedTask;
    }

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        logger.LogInformation("Hoop has stopped");
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
