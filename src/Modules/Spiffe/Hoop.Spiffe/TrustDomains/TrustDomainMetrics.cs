using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// How the bundles stand, meter <c>Hoop.Spiffe</c>. Without names: tenants choose them. A hosted service only so that the numbers are
/// there from the start.
/// </summary>
internal sealed class TrustDomainMetrics : IHostedService
{
    public TrustDomainMetrics(IMeterFactory meters, TrustDomainDirectory directory, SpiffeOptions options)
    {
        var meter = meters.Create(SpiffeMetrics.MeterName);
        meter.CreateObservableGauge(
            "hoop.spiffe.bundle.age",
            () => Oldest(directory) is { } age && options.Enforced ? new[] { new Measurement<double>(age.TotalSeconds) } : [],
            "s",
            "Since the bundle that was fetched longest ago was fetched; absent without fetched ones.");
        meter.CreateObservableGauge(
            "hoop.spiffe.bundles",
            () => directory.Entries.GroupBy(entry => entry.State.State, StringComparer.Ordinal)
                .Select(group => new Measurement<int>(group.Count(), new KeyValuePair<string, object?>("state", group.Key))),
            "{bundle}",
            "Trust domains by the state of their bundle.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // What stands in the configuration or in a row does not age.
    private static TimeSpan? Oldest(TrustDomainDirectory directory) =>
        directory.Entries.Max(entry => entry.Keys.Snapshot is { UsableFor: not null, Age: { } age } ? age : (TimeSpan?)null);
}
