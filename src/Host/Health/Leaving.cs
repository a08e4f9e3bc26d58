using Hoop.Host.Startup;
using Hoop.Spiffe.Contracts;
using MediatR;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hoop.Host.Health;

/// <summary>
/// A gateway that was told to stop first says «not ready» and serves on for <c>HOOP_SHUTDOWN_DELAY</c>, so that whoever sends it traffic
/// learns of it before requests fail, and agents move to another gateway; then it finishes what is under way and ends.
/// </summary>
internal sealed class Leaving(
    GatewayOptions options, IServiceScopeFactory scopes, TimeProvider clock, ILogger<Leaving> logger) : IHealthCheck
{
    private volatile bool _leaves;

    /// <param name="hurry">Ends the wait: told to stop a second time.</param>
    public async Task Announce(CancellationToken hurry)
    {
        _leaves = true;
        if (options.ShutdownDelay == TimeSpan.Zero)
        {
            return;
        }

        logger.LogInformation("Hoop was told to stop: it is not ready any more, and serves on for {Delay}", options.ShutdownDelay);
        await using (var scope = scopes.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredService<IPublisher>().Publish(new GatewayLeaving(options.ShutdownDelay), hurry);
        }

        try
        {
            await Task.Delay(options.ShutdownDelay, clock, hurry);
        }
        catch (OperationCanceledException)
        {
            logger.LogInformation("Told to stop again: not waiting any longer");
        }
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(_leaves ? HealthCheckResult.Unhealthy("this gateway was told to stop") : HealthCheckResult.Healthy());
}
