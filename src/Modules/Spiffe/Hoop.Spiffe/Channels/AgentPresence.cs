using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// Confirms the rows of this gateway's channels every 15 seconds, and removes those that no gateway has confirmed for long, because
/// its process died.
/// </summary>
internal sealed class AgentPresence(
    AgentChannels channels, IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    [CrossOrg("Sweeps up after gateways that died.")]
    private const string SweepSql = """
        DELETE FROM spiffe.agent_channels
        WHERE last_seen_at < now() - interval '10 minutes'
        """;

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run("agent_presence", Round, stoppingToken);

    /// <summary>One round: the own rows first, so that a sweep after a long pause does not meet them.</summary>
    public async Task Write(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var rows = scope.ServiceProvider.GetRequiredService<ChannelRows>();
        foreach (var batch in channels.All.Where(channel => channel.Counts).Select(channel => (channel, channel.Facts!)).Chunk(Batch))
        {
            await rows.Confirm(batch, cancellationToken);
        }

        await scope.ServiceProvider.GetRequiredService<Db>().AcrossOrgs.Execute(SweepSql, args: null, cancellationToken);
    }

    private async Task Round(CancellationToken stoppingToken)
    {
        await Write(stoppingToken);
        await Task.Delay(Interval, clock, stoppingToken);
    }
}
