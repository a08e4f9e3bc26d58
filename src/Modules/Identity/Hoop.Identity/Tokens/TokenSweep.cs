using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hoop.Identity.Tokens;

/// <summary>
/// Once a minute: removes tokens that ended, were used up, or whose API token is gone, with their children, so many a transaction. They
/// were refused already; this only makes room, and puts their end on record.
/// </summary>
internal sealed class TokenSweep(IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock) : BackgroundService
{
    private const int Batch = 500;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    [CrossOrg("What ended is removed in all organizations alike.")]
    private const string FindEndedSql = """
        SELECT token.org_id, token.id
        FROM (
          (SELECT org_id, id FROM identity.tokens WHERE expires_at <= now() ORDER BY expires_at LIMIT @Batch)
          UNION
          (SELECT org_id, id FROM identity.tokens WHERE uses_left = 0 ORDER BY id LIMIT @Batch)
          UNION
          (SELECT made.org_id, made.id
           FROM identity.tokens AS made
           LEFT JOIN identity.api_tokens AS held ON held.token_hash = made.api_token_hash
           WHERE made.api_token_hash IS NOT NULL AND (held.id IS NULL OR held.expires_at <= now())
           LIMIT @Batch)
        ) AS token
        LIMIT @Batch
        """;

    /// <summary>The number of tokens that were removed.</summary>
    public async Task<int> RemoveEnded(CancellationToken cancellationToken)
    {
        var removed = 0;
        while (true)
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            var families = scope.ServiceProvider.GetRequiredService<TokenFamilies>();
            var ended = await db.AcrossOrgs.List<Row>(FindEndedSql, new { Batch }, cancellationToken);
            foreach (var organization in ended.GroupBy(row => row.OrgId))
            {
                await using var transaction = await db.Begin(cancellationToken);
                await db.Of(organization.Key).TakeTokenLock(cancellationToken);
                var ids = organization.Select(row => row.Id).ToArray();
                var gone = await families.Revoke(organization.Key, ids, cancellationToken);
                await families.Record(organization.Key, gone.Intersect(ids), "ended", cancellationToken);
                await transaction.Commit(cancellationToken);
                removed += gone.Count;
            }

            if (ended.Count < Batch)
            {
                return removed;
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run("token_sweep", Round, stoppingToken);

    private async Task Round(CancellationToken stop)
    {
        await Task.Delay(Period, clock, stop);
        await RemoveEnded(stop);
    }

    private sealed record Row(Guid OrgId, Guid Id);
}
