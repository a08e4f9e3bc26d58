using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Hoop.Identity.Audit;

/// <summary>
/// How far the trail is behind, meter <c>Hoop.Identity</c>: rows of changes are never behind, those of refused sign-ins are written
/// once a minute. A hosted service only so that the number is there from the start.
/// </summary>
internal sealed class AuditMetrics : IHostedService
{
    public const string MeterName = "Hoop.Identity";

    public AuditMetrics(IMeterFactory meters, RefusedSignIns refused) => meters.Create(MeterName).CreateObservableGauge(
        "hoop.audit.lag",
        () => (refused.Lag ?? TimeSpan.Zero).TotalSeconds,
        "s",
        "Since the oldest refused sign-in that is not in the audit trail yet.");

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
