using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// How many agents this gateway holds, meter <c>Hoop.Spiffe</c>. A hosted service only so that the numbers are there before the first
/// agent is.
/// </summary>
internal sealed class ChannelMetrics : IHostedService
{
    public ChannelMetrics(IMeterFactory meters, AgentChannels channels, Handshakes handshakes, TimeProvider clock)
    {
        var meter = meters.Create(SpiffeMetrics.MeterName);
        meter.CreateObservableGauge(
            "hoop.agents.connected",
            () => channels.All.Where(channel => channel.Counts).Select(channel => channel.Agent.AgentId).Distinct().Count(),
            "{agent}",
            "Agents that have a channel to this gateway.");
        meter.CreateObservableGauge(
            "hoop.agents.channels", () => channels.All.Count, "{channel}", "Channels of agents that this gateway holds.");
        meter.CreateObservableGauge(
            "hoop.agents.handshakes", () => handshakes.Count, "{channel}", "Channels of agents that are being opened.");
        meter.CreateObservableCounter(
            "hoop.agents.turned_away", () => handshakes.TurnedAway, "{channel}", "Channels that were not opened, because too many were.");
        meter.CreateObservableGauge(
            "hoop.agents.svid.left",
            () => SoonestEnd(channels) is { } end ? new[] { new Measurement<double>((end - clock.GetUtcNow()).TotalSeconds) } : [],
            "s",
            "Until the first SVID of a connected agent ends; absent without any.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static DateTimeOffset? SoonestEnd(AgentChannels channels) =>
        channels.All.Where(channel => channel.Counts).Min(channel => channel.Agent.ExpiresAt);
}
