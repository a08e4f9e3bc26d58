using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// How many agents this gateway holds, meter <c>Hoop.Spiffe</c>. A hosted service only so that the numbers are there before the first
/// agent is.
/// </summary>
internal sealed class ChannelMetrics : IHostedService
{
    public ChannelMetrics(IMeterFactory meters, AgentChannels channels)
    {
        var meter = meters.Create(SpiffeMetrics.MeterName);
        meter.CreateObservableGauge(
            "hoop.agents.connected",
            () => channels.All.Where(channel => channel.Counts).Select(channel => channel.Agent.AgentId).Distinct().Count(),
            "{agent}",
            "Agents that have a channel to this gateway.");
        meter.CreateObservableGauge(
            "hoop.agents.channels", () => channels.All.Count, "{channel}", "Channels of agents that this gateway holds.");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
