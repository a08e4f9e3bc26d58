using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// Confirms the rows of this gateway's channels every 15 seconds, and removes those that no gateway has confirmed for long, because
/// its process died.
/// </summary>
internal sealed class AgentPresence(AgentChannels channels, IServiceScopeFactory scopes, TimeProvider clock, ILogger<AgentPresence> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    [CrossOrg("Keeps the rows of all channels that this gateway holds.")]
    private const string ConfirmSql = """
        UPDATE spiffe.agent_channels
        SET last_seen_at = now()
        WHERE gateway_id = @GatewayId AND id = ANY(@Ids)
        """;

    [CrossOrg("Sweeps up after gateways that died.")]
    private const string SweepSql = """
        DELETE FROM spiffe.agent_channels
        WHERE last_seen_at < now() - interval '10 minutes'
        """;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<Db>();
                var ids = channels.All.Select(channel => channel.Id).ToArray();
                if (ids.Length > 0)
                {
                    await db.AcrossOrgs.Execute(ConfirmSql, new { channels.GatewayId, Ids = ids }, stoppingToken);
                }

                await db.AcrossOrgs.Execute(SweepSql, args: null, stoppingToken);
            }
            catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception))
            {
                logger.LogWarning("The presence of agents was not written: {Reason}", exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
