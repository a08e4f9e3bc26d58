using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// Tells every agent of this gateway to open a channel at another one. Over a part of the time that is left, because all of them would
/// shake hands with the others in the same instant; and without waiting for any of them.
/// </summary>
internal sealed class GatewayLeavingHandler(AgentChannels channels, TimeProvider clock, ILogger<GatewayLeavingHandler> logger)
    : INotificationHandler<GatewayLeaving>
{
    private static readonly TimeSpan LongestSpread = TimeSpan.FromSeconds(5);

    public Task Handle(GatewayLeaving notification, CancellationToken cancellationToken)
    {
        channels.Leave();
        var moving = channels.All
            .Where(channel => channel.Counts && channel.Facts!.Features?.Contains(AgentFeatures.Moves) == true).ToArray();
        logger.LogInformation("{Agents} agent channels are told to move to another gateway", moving.Length);
        var spread = moving.Length == 1 ? TimeSpan.Zero
            : notification.Stays / 4 < LongestSpread ? notification.Stays / 4 : LongestSpread;
        foreach (var channel in moving)
        {
            _ = Tell(channel, spread * Random.Shared.NextDouble(), cancellationToken);
        }

        return Task.CompletedTask;
    }

    private async Task Tell(AgentChannel channel, TimeSpan after, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(after, clock, cancellationToken);
            await channel.Client.Move();
        }
        catch (Exception exception)
        {
            // It learns when the gateway closes the channel.
            logger.LogDebug(exception, "Channel {Channel} was not told to move", channel.Id);
        }
    }
}
