using Hoop.Federation.OpenSessions;
using Hoop.Shared.Background;
using Hoop.Shared.Memory;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Federation.Sessions;

/// <summary>
/// Ends the sessions of this gateway that must end: at once when something was announced that concerns them (on any gateway), at the end
/// of their caller's credential, and when this gateway would hear of nothing any more.
/// </summary>
internal sealed class SessionWatch(
    LiveSessions live,
    CoherentMemory memory,
    MemorySession listening,
    IServiceScopeFactory scopes,
    BackgroundLoops loops,
    TimeProvider clock,
    ILogger<SessionWatch> logger) : BackgroundService
{
    /// <summary>Without a look at the rows for so long, a session ends: others will have given it up soon.</summary>
    public static readonly TimeSpan Blind = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Anyhow = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    [CrossOrg("Looks at the sessions that this gateway runs; each was opened for its own organization.")]
    private const string OpenSql = """
        SELECT id, end_reason
        FROM federation.sessions
        WHERE gateway_id = @GatewayId AND ended_at IS NULL
        """;

    private long _changes = -1;
    private long _lookedAt = clock.GetTimestamp();

    /// <summary>The sessions of this gateway as their rows want them; ends when those that had to end are over.</summary>
    public async Task Look(CancellationToken cancellationToken) =>
        await Task.WhenAll((await EndUnwanted(cancellationToken)).Select(session => session.Over.Task));

    private async Task<IReadOnlyList<LiveSession>> EndUnwanted(CancellationToken cancellationToken)
    {
        var sessions = live.All.Where(session => session.IsOnRecord).ToArray();
        if (sessions.Length == 0)
        {
            _lookedAt = clock.GetTimestamp();
            return [];
        }

        await using var scope = scopes.CreateAsyncScope();
        var rows = await scope.ServiceProvider.GetRequiredService<Db>().AcrossOrgs.List<OpenRow>(
            OpenSql, new { live.GatewayId }, cancellationToken);
        var wanted = rows.ToDictionary(row => row.Id, row => row.EndReason);
        _lookedAt = clock.GetTimestamp();
        var ending = sessions.Where(session => !wanted.TryGetValue(session.Id, out var reason) || reason is not null).ToArray();
        foreach (var session in ending)
        {
            End(session, wanted.GetValueOrDefault(session.Id) ?? EndReason.GivenUp);
        }

        return ending;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        var sessions = live.All;
        foreach (var session in sessions)
        {
            End(session, EndReason.GatewayStopping);
        }

        await Task.WhenAll(sessions.Select(session => session.Over.Task)).WaitAsync(Farewell, CancellationToken.None)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var sessions = memory.Subscribe(EndSessions.Topic, _ => Look(stoppingToken));
        await loops.Run("session_watch", Round, stoppingToken);
    }

    private async Task Round(CancellationToken stoppingToken)
    {
        await Task.Delay(Tick, clock, stoppingToken);
        var (changes, now) = (memory.Changes, clock.GetUtcNow());
        foreach (var session in live.All)
        {
            if (clock.GetElapsedTime(_lookedAt) >= Blind
                || (!session.Check.IsCompleted && clock.GetElapsedTime(session.CheckedAt.At) >= Blind))
            {
                End(session, EndReason.GatewayCutOff);
            }
            else if (session.Caller.ExpiresAt <= now)
            {
                End(session, EndReason.CredentialExpired);
            }
            else if (session.Check.IsCompleted && IsDue(session.CheckedAt.Changes, changes, session.CheckedAt.At))
            {
                session.CheckedAt = (changes, clock.GetTimestamp());
                session.Check = Recheck(session, stoppingToken);
            }
        }

        // Nobody waits for those that end: an agent that does not answer must not hold up the end of other sessions.
        if (IsDue(_changes, changes, _lookedAt))
        {
            await EndUnwanted(stoppingToken).WaitAsync(Anyhow, stoppingToken);
            _changes = changes;
        }
    }

    /// <summary>Any announcement may concern a session, and asking again costs nothing while the answer is remembered.</summary>
    private bool IsDue(long before, long changes, long at) =>
        before != changes || !listening.IsListening || clock.GetElapsedTime(at) >= Anyhow;

    /// <summary>By itself: a caller who cannot be asked about, or not soon, keeps nobody else from being looked at.</summary>
    private async Task Recheck(LiveSession session, CancellationToken cancellationToken)
    {
        string? unknown;
        try
        {
            unknown = await Ask(session, cancellationToken);
        }
        catch (Exception exception)
        {
            unknown = exception.Message;
        }

        if (unknown is null)
        {
            session.ProvenAt = clock.GetTimestamp();
            return;
        }

        logger.LogWarning("The caller of the session {Session} could not be asked about: {Reason}", session.Id, unknown);
        if (clock.GetElapsedTime(session.ProvenAt) >= Blind)
        {
            End(session, EndReason.GatewayCutOff);
        }
    }

    /// <summary>Null when it is known how the caller stands; else why it cannot be said now.</summary>
    private async Task<string?> Ask(LiveSession session, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        if (session.Order.Credential is not { } credential || scope.ServiceProvider.GetService<IStandingCallers>() is not { } callers)
        {
            return null;
        }

        var verdict = await callers.Admit(credential, scope.ServiceProvider, cancellationToken);
        if (verdict.Refusal is { IsForNow: true } notNow)
        {
            return notNow.Reason;
        }

        if (verdict.Proven?.Alias != session.Caller.Alias)
        {
            End(session, EndReason.CallerRevoked);
        }

        return null;
    }

    private void End(LiveSession session, string reason)
    {
        if (session.EndedFor is null)
        {
            logger.LogInformation("Ending the session {Session} on {Connection}: {Reason}", session.Id, session.Order.Connection, reason);
            session.End(reason);
        }
    }

    private sealed record OpenRow(Guid Id, string? EndReason);
}
