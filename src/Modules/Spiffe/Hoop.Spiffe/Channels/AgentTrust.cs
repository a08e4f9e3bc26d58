using System.Security.Cryptography;
using Hoop.Identity.Contracts;
using Hoop.Shared.Background;
using Hoop.Shared.Sources;
using Hoop.Spiffe.Agents;
using Hoop.Spiffe.Mappings;
using Hoop.Spiffe.TrustDomains;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Spiffe.Channels;

/// <summary>
/// Ends the trust in a channel when it should end: at once when something that it rests on changed (on any gateway), at the end of its
/// credential, and when the agent does not keep to the protocol's times.
/// </summary>
internal sealed class AgentTrust(
    AgentChannels channels,
    AgentCredentials credentials,
    SpiffeOptions options,
    CoherentMemory memory,
    MemorySession session,
    BackgroundLoops loops,
    TimeProvider clock,
    ILogger<AgentTrust> logger) : BackgroundService
{
    /// <summary>From the connection to the hello; a channel that does not say it is in no record.</summary>
    public static readonly TimeSpan HelloWithin = TimeSpan.FromSeconds(10);

    /// <summary>Three heartbeats, and the time one may be late.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds((3 * AgentHub.HeartbeatSeconds) + 5);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Deaf = TimeSpan.FromSeconds(4);

    private readonly OrganizationChecks _checks = new();
    private long _lookedAt = clock.GetTimestamp();
    private double _share = NextShare();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var agents = memory.Subscribe(Agent.Topic, key => Recheck(OfOrganization(key), stoppingToken));
        using var mappings = memory.Subscribe(Mapping.Topic, key => Recheck(OfMapping(key), stoppingToken));
        using var trustDomains = memory.Subscribe(StoredTrustDomain.Topic, key => Recheck(OfTrustDomain(key), stoppingToken));
        using var entities = memory.Subscribe(EntityRights.Topic, key => Recheck(OfOrganization(key), stoppingToken));
        await loops.Run("agent_trust", Round, stoppingToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await Task.WhenAll(channels.All.Select(channel => channel.Close(ClosingReason.ShuttingDown)));
    }

    /// <summary>True while the channel may be given work. Closes it when not.</summary>
    public async Task<bool> Holds(AgentChannel channel, CancellationToken cancellationToken)
    {
        if (!channel.Counts)
        {
            return false;
        }

        for (var renewals = 0; ; renewals++)
        {
            var standing = channel.Standing;
            var now = await credentials.Verify(standing.Credential, cancellationToken);
            var reason = AgentCredentials.Compare(standing, now);
            switch (Judgement.Of(reason is null, ReferenceEquals(standing, channel.Standing), renewals))
            {
                case Judgement.Kept:
                    return true;
                case Judgement.Ended:
                    End(channel, standing.Agent.ExpiresAt <= clock.GetUtcNow() ? ClosingReason.Expired : reason ?? ClosingReason.Changed);
                    return false;
                default:
                    continue;
            }
        }
    }

    private static Func<AgentChannel, bool> OfOrganization(string? key) =>
        ChangeKey.OrganizationOf(key) is { } orgId ? channel => channel.Agent.OrgId == orgId : Every;

    private static Func<AgentChannel, bool> OfTrustDomain(string? key)
    {
        if (SourceChange.KeyOf(key) is not { } name)
        {
            return OfOrganization(key);
        }

        var prefix = $"spiffe://{name}/";
        return channel => channel.Agent.Identity.StartsWith(prefix, StringComparison.Ordinal);
    }

    private static Func<AgentChannel, bool> OfMapping(string? key) => ChangeKey.ThingOf(key) is { } identity
        ? channel => string.Equals(channel.Agent.Identity, identity, StringComparison.Ordinal)
        : OfOrganization(key);

    private static bool Every(AgentChannel channel) => true;

    /// <summary>Of the longest time between two looks; a quarter of it is up to chance.</summary>
    private static double NextShare() => 0.75 + (RandomNumberGenerator.GetInt32(1_000_000) / 4_000_000.0);

    // The call that changed something waits for this: when it returns, no channel that it ends is open.
    private Task Recheck(Func<AgentChannel, bool> concerned, CancellationToken stoppingToken) => Task.WhenAll(channels.All
        .Where(channel => channel.Counts && concerned(channel))
        .GroupBy(channel => channel.Agent.OrgId)
        .Select(ofOrganization => _checks.Begin(ofOrganization.Key, [.. ofOrganization], Check, stoppingToken)));

    private async Task Round(CancellationToken stoppingToken)
    {
        await Task.Delay(Tick, clock, stoppingToken);
        var now = clock.GetUtcNow();
        foreach (var channel in channels.All.Where(channel => !channel.IsClosing))
        {
            if (Overdue(channel, now) is { } reason)
            {
                End(channel, reason);
            }
        }

        // Only for what no gateway announces, such as an operator's SQL; or for everything while this one hears nothing.
        // Gateways that started together must not ask the database together for all agents.
        if (clock.GetElapsedTime(_lookedAt) >= (session.IsListening ? memory.Options.AgeLimit * _share : Deaf))
        {
            (_lookedAt, _share) = (clock.GetTimestamp(), NextShare());
            _ = Recheck(Every, stoppingToken);
        }
    }

    /// <summary>What the clock alone decides; it needs neither the database nor a signature.</summary>
    private string? Overdue(AgentChannel channel, DateTimeOffset now) => channel switch
    {
        { Agent.ExpiresAt: { } end } when now - options.Leeway >= end => ClosingReason.Expired,
        { Facts: null } when channel.Silence >= HelloWithin => ClosingReason.NoHello,
        { Facts: not null } when channel.Silence >= LongestSilence => ClosingReason.Silent,
        _ => null,
    };

    private async Task Check(AgentChannel channel, CancellationToken cancellationToken)
    {
        try
        {
            await Holds(channel, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopping.
        }
        catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception))
        {
            // Nothing can be proven while the database cannot be reached. The channel stays, gets no work (that needs the database too),
            // and ends at the end of its credential at the latest.
            logger.LogWarning("The channel {Channel} could not be checked: {Reason}", channel.Id, exception.Message);
        }
        catch (Exception exception)
        {
            // Not known to be good, so not kept; the agent connects anew or is refused on record.
            logger.LogError(exception, "The channel {Channel} could not be checked", channel.Id);
            End(channel, ClosingReason.Revoked);
        }
    }

    private void End(AgentChannel channel, string reason)
    {
        logger.LogInformation("Closing the channel {Channel} of agent {Agent}: {Reason}", channel.Id, channel.Agent.AgentName, reason);
        _ = channel.Close(reason);
    }
}

/// <summary>What follows from a look at a channel's credential. Apart, so that every order of steps can be explored with it.</summary>
internal static class Judgement
{
    public const string Kept = "kept";
    public const string Ended = "ended";
    public const string Again = "again";

    /// <summary>In the time of one judgement; an agent that renews faster than it can be judged is none of ours.</summary>
    private const int MostRenewals = 8;

    /// <param name="holds">Whether the credential that was looked at is worth what it was.</param>
    /// <param name="isCurrent">
    /// False when the channel was renewed meanwhile: the fresh credential may rest on what changed, too, and nobody has looked at it since.
    /// </param>
    /// <param name="renewals">How often that has happened.</param>
    public static string Of(bool holds, bool isCurrent, int renewals) => (isCurrent, renewals < MostRenewals) switch
    {
        (false, true) => Again,
        (false, false) => Ended,
        _ => holds ? Kept : Ended,
    };
}

/// <summary>
/// Checks the channels of each organization on a task of its own, so that one whose keys are slow to fetch does not keep others
/// waiting. While an organization's check runs, what comes for it is gathered for the next.
/// </summary>
internal sealed class OrganizationChecks
{
    private const int Parallelism = 4;

    private readonly Lock _gate = new();
    private readonly Dictionary<Guid, Batch> _next = [];

    /// <returns>Ends when all of <paramref name="concerned"/> have been checked.</returns>
    public Task Begin(
        Guid orgId, IReadOnlyCollection<AgentChannel> concerned, Func<AgentChannel, CancellationToken, Task> check,
            CancellationToken cancellationToken)
    {
        Batch batch;
        lock (_gate)
        {
            if (_next.TryGetValue(orgId, out var waiting))
            {
                waiting.Channels.UnionWith(concerned);
                return waiting.Done.Task;
            }

            batch = _next[orgId] = new Batch();
            batch.Channels.UnionWith(concerned);
        }

        _ = Task.Run(() => Run(orgId, check, cancellationToken), CancellationToken.None);
        return batch.Done.Task;
    }

    private async Task Run(Guid orgId, Func<AgentChannel, CancellationToken, Task> check, CancellationToken cancellationToken)
    {
        while (true)
        {
            Batch due;
            lock (_gate)
            {
                due = _next[orgId];
                if (due.Channels.Count == 0 || cancellationToken.IsCancellationRequested)
                {
                    _next.Remove(orgId);
                    due.Done.TrySetResult();
                    return;
                }

                _next[orgId] = new Batch();
            }

            // The check fails of nothing: it handles every exception of one channel.
            var limit = new ParallelOptions { MaxDegreeOfParallelism = Parallelism };
            await Parallel.ForEachAsync(due.Channels, limit, async (channel, _) => await check(channel, cancellationToken));
            due.Done.TrySetResult();
        }
    }

    private sealed class Batch
    {
        public HashSet<AgentChannel> Channels { get; } = [];

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
