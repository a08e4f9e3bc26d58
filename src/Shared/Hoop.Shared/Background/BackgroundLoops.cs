using System.Collections.Concurrent;
using Hoop.Shared.Data;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Background;

/// <summary>
/// Keeps work going that nobody waits for. Whatever a round fails of is logged and counted, and after a pause the next one begins; only its
/// own cancellation ends the loop. .NET stops the whole host when a background service throws, and a statement over its time limit is
/// enough.
/// <code>protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run("agent_presence", Round, stoppingToken);</code>
/// </summary>
public sealed class BackgroundLoops(TimeProvider clock, ILogger<BackgroundLoops> logger)
{
    /// <summary>As many failures in a row are shown as a degraded <c>background</c> in /healthz/ready.</summary>
    public const int Streak = 3;

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, int> _failures = new(StringComparer.Ordinal);

    /// <summary>The loops that fail again and again, and how often they did.</summary>
    public IReadOnlyDictionary<string, int> Failing => _failures
        .Where(loop => loop.Value >= Streak)
        .ToDictionary(StringComparer.Ordinal);

    /// <param name="name">For the log and the health check; snake_case.</param>
    /// <param name="round">One round with its own wait; a round that does not wait is repeated at once.</param>
    public async Task Run(string name, Func<CancellationToken, Task> round, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await round(stop);
                Succeeded(name);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                var pause = Failed(name, exception);
                await Task.Delay(pause, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Ends a streak; for a round that is well long before it returns.</summary>
    public void Succeeded(string name) => _failures.TryRemove(name, out _);

    private TimeSpan Failed(string name, Exception exception)
    {
        var failures = _failures.AddOrUpdate(name, 1, (_, before) => before + 1);
        var doubled = FirstPause * Math.Pow(2, Math.Min(failures - 1, 10));
        var pause = doubled < LongestPause ? doubled : LongestPause;
        if (DatabaseErrors.IsUnavailable(exception))
        {
            logger.LogWarning("Background work {Loop} failed, trying again in {Pause}: {Reason}", name, pause, exception.Message);
        }
        else
        {
            logger.LogError(exception, "Background work {Loop} failed, trying again in {Pause}", name, pause);
        }

        return pause;
    }
}

/// <summary><c>background</c> of /healthz/ready. It degrades and never fails: what was promised to callers does not rest on it.</summary>
internal sealed class BackgroundHealth(BackgroundLoops loops) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var failing = loops.Failing;
        return Task.FromResult(failing.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Degraded(
                "background work fails again and again; the log says why",
                data: failing.ToDictionary(loop => loop.Key, loop => (object)loop.Value, StringComparer.Ordinal)));
    }
}
