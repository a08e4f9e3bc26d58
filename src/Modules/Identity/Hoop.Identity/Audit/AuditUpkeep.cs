using Hoop.Shared;
using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Identity.Audit;

/// <summary>
/// Once a minute: writes the refused sign-ins, and once an hour removes what is older than the retention, a batch at a time.
/// </summary>
internal sealed class AuditUpkeep(
    RefusedSignIns refused, AuditOptions options, IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock,
        ILogger<AuditUpkeep> logger) : BackgroundService
{
    /// <summary>Rows of one statement: some milliseconds, and no lock that anybody waits for.</summary>
    public const int Batch = 5000;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RemovalPeriod = TimeSpan.FromHours(1);

    private long? _lastRemoval;

    // The oldest rows come first by id, so each batch reads the beginning of one index, however large the table is.
    [CrossOrg("One retention for the whole gateway.")]
    private const string RemoveSql = """
        WITH oldest AS (
          SELECT id, occurred_at
          FROM identity.audit_events
          ORDER BY id
          LIMIT @Batch
          FOR UPDATE SKIP LOCKED
        )
        DELETE FROM identity.audit_events AS event
        USING oldest
        WHERE event.id = oldest.id AND oldest.occurred_at < @Before
        """;

    /// <summary>The number of rows that were removed.</summary>
    public async Task<long> RemoveOld(CancellationToken cancellationToken)
    {
        if (options.Retention is not { } retention)
        {
            return 0;
        }

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var (before, removed) = (clock.GetUtcNow() - retention, 0L);
        for (var rows = Batch; rows == Batch; removed += rows)
        {
            rows = await db.AcrossOrgs.Execute(RemoveSql, new { Batch, Before = before.UtcDateTime }, cancellationToken);
        }

        if (removed > 0)
        {
            var entry = new AuditEntry(
                "audit_trail",
                AuditAction.Delete,
                ResourceId: null)
            { Fields = new AuditFields { { "before", before }, { "rows", removed } } };
            await Record(entry, cancellationToken);
        }

        return removed;
    }

    public Task WriteRefused(CancellationToken cancellationToken) => refused.Write(entry => Record(entry, cancellationToken));

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await WriteRefused(cancellationToken);
        }
        catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception))
        {
            logger.LogWarning("The last refused sign-ins were not written: {Reason}", exception.Message);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run("audit_upkeep", Round, stoppingToken);

    private async Task Round(CancellationToken stop)
    {
        await Task.Delay(Period, clock, stop);
        await WriteRefused(stop);
        if (_lastRemoval is not { } last || clock.GetElapsedTime(last) >= RemovalPeriod)
        {
            _lastRemoval = clock.GetTimestamp();
            await RemoveOld(stop);
        }
    }

    private async Task Record(AuditEntry entry, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<ISender>()
            .Send(new RecordAudit(DefaultOrganization.Id, Actor: null, entry), cancellationToken);
    }
}
