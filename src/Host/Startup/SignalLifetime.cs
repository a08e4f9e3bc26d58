namespace Hoop.Host.Startup;

/// <summary>
/// Leaves the signals to <see cref="GatewayProcess"/>: the framework's own lifetime would stop the listener at the first SIGTERM, before
/// load balancers know.
/// </summary>
internal sealed class SignalLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
