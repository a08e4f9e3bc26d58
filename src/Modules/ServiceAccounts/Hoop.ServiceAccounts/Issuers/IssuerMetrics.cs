using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// How the issuers' keys stand, meter <c>Hoop.ServiceAccounts</c>. Without names: tenants choose them. A hosted service only so that
/// the numbers are there from the start.
/// </summary>
internal sealed class IssuerMetrics : IHostedService
{
    public const string MeterName = "Hoop.ServiceAccounts";

    public IssuerMetrics(IMeterFactory meters, IssuerDirectory directory)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "hoop.issuers.keys.age",
            () => Oldest(directory) is { } age ? new[] { new Measurement<double>(age.TotalSeconds) } : [],
            "s",
            "Since the key set that was fetched longest ago was fetched; absent without fetched ones.");
        meter.CreateObservableGauge(
            "hoop.issuers.known",
            () => directory.Entries.GroupBy(entry => IssuerState.Of(entry.Keys.Snapshot).State, StringComparer.Ordinal)
                .Select(group => new Measurement<int>(group.Count(), new KeyValuePair<string, object?>("state", group.Key))),
            "{issuer}",
            "Issuers by the state of their keys.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // What stands in a row does not age.
    private static TimeSpan? Oldest(IssuerDirectory directory) =>
        directory.Entries.Max(entry => entry.Keys.Snapshot is { UsableFor: not null, Age: { } age } ? age : (TimeSpan?)null);
}
