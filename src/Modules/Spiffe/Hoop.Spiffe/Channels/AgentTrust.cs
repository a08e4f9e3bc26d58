using Hoop.Shared.Jose;
using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Mappings;
using Hoop.Spiffe.TrustDomains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// Ends the trust in a channel when it should end: at once when something in the module changed (on any gateway), at the end of its
/// credential, and within <see cref="Revalidation"/> when a notification was lost.
/// </summary>
internal sealed class AgentTrust(
    AgentChannels channels,
    AgentCredentials credentials,
    ChangeFeed feed,
    TimeProvider clock,
    ILogger<AgentTrust> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Revalidation = TimeSpan.FromSeconds(4);

    private readonly SemaphoreSlim _changed = new(0, 1);

    /// <summary>Looks at every channel again, now.</summary>
    public void Recheck()
    {
        try
        {
            _changed.Release();
        }
        catch (SemaphoreFullException)
        {
            // A look is already due.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var agents = feed.Subscribe(Agent.Topic, _ => Recheck());
        using var mappings = feed.Subscribe(Mapping.Topic, _ => Recheck());
        using var trustDomains = feed.Subscribe(StoredTrustDomain.Topic, _ => Recheck());
        var last = clock.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = await _changed.WaitAsync(Tick, stoppingToken);
            var everything = changed || clock.GetElapsedTime(last) >= Revalidation;
            if (everything)
            {
                last = clock.GetTimestamp();
            }

            var now = clock.GetUtcNow();
            var due = channels.All.Where(channel => !channel.IsClosing && (everything || channel.Agent.ExpiresAt <= now)).ToList();
            await Parallel.ForEachAsync(
                due,
                new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = stoppingToken },
                async (channel, cancellation) => await Check(channel, now, cancellation));
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(channels.All.Select(channel => channel.Close(ClosingReason.ShuttingDown)));
    }

    /// <summary>True while the channel may be given work. Closes it when not.</summary>
    public async Task<bool> Holds(AgentChannel channel, CancellationToken cancellationToken)
    {
        if (channel.IsClosing)
        {
            return false;
        }

        var credential = channel.Credential;
        var reason = await credentials.Judge(channel, cancellationToken);
        if (reason is null)
        {
            return true;
        }

        if (!ReferenceEquals(credential, channel.Credential))
        {
            // Renewed while it was judged: the fresh credential was verified by the renewal.
            return true;
        }

        reason = channel.Agent.ExpiresAt <= clock.GetUtcNow() ? ClosingReason.Expired : reason;
        logger.LogInformation("Closing the channel {Channel} of agent {Agent}: {Reason}", channel.Id, channel.Agent.AgentName, reason);
        await channel.Close(reason);
        return false;
    }

    private async Task Check(AgentChannel channel, DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            await Holds(channel, cancellationToken);
        }
        catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception))
        {
            // Nothing can be proven while the database is away. The channel stays, gets no work (that needs the database too),
            // and ends at the end of its credential at the latest.
            logger.LogWarning("The channel {Channel} could not be checked: {Reason}", channel.Id, exception.Message);
            if (channel.Agent.ExpiresAt is { } end && end + TokenTimes.MaxLeeway <= now)
            {
                await channel.Close(ClosingReason.Expired);
            }
        }
    }
}
