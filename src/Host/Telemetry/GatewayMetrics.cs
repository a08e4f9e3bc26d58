using System.Diagnostics.Metrics;

namespace Hoop.Host.Telemetry;

/// <summary>
/// The host's numbers, meter <c>Hoop.Gateway</c>. A hosted service only so that they are there before the first request is.
/// </summary>
internal sealed class GatewayMetrics : IHostedService
{
    public const string MeterName = "Hoop.Gateway";

    private readonly Counter<long> _refusals;

    public GatewayMetrics(IMeterFactory meters, TimeProvider clock)
    {
        var meter = meters.Create(MeterName);
        _refusals = meter.CreateCounter<long>("hoop.signins.refused", "{signin}", "Sign-ins that were refused, by credential and reason.");
        var started = clock.GetTimestamp();
        meter.CreateObservableGauge(
            "hoop.gateway.uptime", () => clock.GetElapsedTime(started).TotalSeconds, "s", "How long this gateway has been running.");
    }

    /// <param name="credential">Kind of the credential, of a closed list.</param>
    /// <param name="code">Reason, of a closed list.</param>
    public void Refused(string credential, string code) => _refusals.Add(
        1, new KeyValuePair<string, object?>("credential", credential), new KeyValuePair<string, object?>("code", code));

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
