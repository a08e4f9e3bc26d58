using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Hoop.Shared.Memory;

/// <summary>
/// <c>memory</c> of /healthz/ready. It degrades and never fails: without memory every request is answered from the database.
/// </summary>
internal sealed class MemoryHealth(CoherentMemory memory, MemorySession session) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(
            !session.IsListening
                ? HealthCheckResult.Degraded("announcements of other gateways cannot be heard, and requests read the database")
                : memory.Options.Enabled && !memory.MayAnswer
                    ? HealthCheckResult.Degraded("the lease does not hold, and requests read the database")
                    : HealthCheckResult.Healthy(memory.Options.Enabled ? null : "off"));
}
