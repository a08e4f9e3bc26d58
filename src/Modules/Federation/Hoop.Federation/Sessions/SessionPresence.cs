using System.Collections.Concurrent;
using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hoop.Federation.Sessions;

/// <summary>
/// Confirms the rows of the sessions that run here, gives up those that no gateway has confirmed for a minute, because its process died,
/// and removes what is older or more than is kept.
/// </summary>
internal sealed class SessionPresence(
    LiveSessions live, SessionLimits limits, IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    [CrossOrg("Confirms the sessions that this gateway runs.")]
    private const string ConfirmSql = """
        UPDATE federation.sessions
        SET seen_at = now()
        WHERE gateway_id = @GatewayId AND ended_at IS NULL AND id = ANY (@Ids)
        """;

    [CrossOrg("Sweeps up after gateways that died; the trail of each organization is told.")]
    private const string LostSql = """
        UPDATE federation.sessions AS s
        SET status = 'lost', reason = 'gateway_lost', ended_at = now(),
            message = 'the gateway that ran it ended without saying how the session did'
        FROM (
          SELECT org_id, id
          FROM federation.sessions
          WHERE ended_at IS NULL AND seen_at < now() - interval '60 seconds'
          ORDER BY seen_at
          LIMIT 100
          FOR UPDATE SKIP LOCKED
        ) AS unseen
        WHERE s.org_id = unseen.org_id AND s.id = unseen.id
        RETURNING s.org_id, s.id, s.connection_name
        """;

    [CrossOrg("What is older than any organization keeps.")]
    private const string ExpireSql = """
        DELETE FROM federation.sessions
        WHERE (org_id, id) IN (
          SELECT org_id, id FROM federation.sessions WHERE ended_at < now() - @Keep ORDER BY ended_at LIMIT @Batch)
        """;

    private const string TrimSql = """
        DELETE FROM federation.sessions
        WHERE org_id = @OrgId AND ended_at IS NOT NULL
          AND id <= (SELECT id FROM federation.sessions WHERE org_id = @OrgId ORDER BY id DESC OFFSET @Rows LIMIT 1)
        """;

    private readonly ConcurrentDictionary<Guid, bool> _grown = new();

    /// <summary>An organization has a row more.</summary>
    public void Grew(Guid orgId) => _grown.TryAdd(orgId, true);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run("session_presence", Round, stoppingToken);

    /// <summary>One round: the own rows first, so that a sweep after a long pause does not meet them.</summary>
    public async Task Write(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var ids = live.All.Where(session => session.IsOnRecord).Select(session => session.Id).ToArray();
        if (ids.Length > 0)
        {
            await db.AcrossOrgs.Execute(ConfirmSql, new { live.GatewayId, Ids = ids }, cancellationToken);
        }

        await GiveUpLost(db, scope.ServiceProvider.GetRequiredService<ISender>(), cancellationToken);
        await db.AcrossOrgs.Execute(ExpireSql, new { limits.Keep, Batch }, cancellationToken);
        foreach (var orgId in _grown.Keys)
        {
            _grown.TryRemove(orgId, out _);
            await db.Of(orgId).Execute(TrimSql, new { limits.Rows }, cancellationToken);
        }
    }

    private static async Task GiveUpLost(Db db, ISender sender, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Begin(cancellationToken);
        foreach (var lost in await db.AcrossOrgs.List<LostSession>(LostSql, args: null, cancellationToken))
        {
            var entry = new AuditEntry("session", AuditAction.Close, lost.Id)
            {
                Fields = new AuditFields { { "connection", lost.ConnectionName } },
                Failure = "gateway_lost",
            };
            await sender.Send(new RecordAudit(lost.OrgId, Actor: null, entry), cancellationToken);
        }

        await transaction.Commit(cancellationToken);
    }

    private async Task Round(CancellationToken stoppingToken)
    {
        await Write(stoppingToken);
        await Task.Delay(Interval, clock, stoppingToken);
    }

    private sealed record LostSession(Guid OrgId, Guid Id, string ConnectionName);
}
