using System.Collections.Concurrent;
using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hoop.Identity.Aliases;

/// <summary>
/// When aliases were last used: noted in memory, and written at most once a minute a row over all gateways. Nobody who signs in waits for
/// it, and a row that somebody changes is left for the next round.
/// </summary>
internal sealed class AliasUses(IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock) : BackgroundService
{
    /// <summary>What comes on top in one period is noted by the next use.</summary>
    private const int Most = 50_000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Guid OrgId, Guid AliasId), DateTime> _used = new();

    private const string WriteSql = """
        UPDATE identity.entity_aliases AS alias
        SET last_used_at = due.used_at
        FROM (
          SELECT one.id, used.used_at
          FROM unnest(@Ids::uuid[], @Times::timestamptz[]) AS used (id, used_at)
          JOIN identity.entity_aliases AS one ON one.org_id = @OrgId AND one.id = used.id
          WHERE one.last_used_at IS NULL OR one.last_used_at < used.used_at - interval '1 minute'
          FOR NO KEY UPDATE OF one SKIP LOCKED
        ) AS due
        WHERE alias.org_id = @OrgId AND alias.id = due.id
        """;

    /// <param name="last">As the row says now.</param>
    public void Note(Guid orgId, Guid aliasId, DateTime? last)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if ((last is null || now - last > Due) && _used.Count < Most)
        {
            _used[(orgId, aliasId)] = now;
        }
    }

    /// <summary>Writes what was noted until now.</summary>
    public async Task Write(CancellationToken cancellationToken)
    {
        var noted = _used.ToArray();
        foreach (var use in noted)
        {
            _used.TryRemove(use);
        }

        foreach (var organization in noted.GroupBy(use => use.Key.OrgId))
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            foreach (var some in organization.Chunk(1000))
            {
                await db.Of(organization.Key).Execute(
                    WriteSql,
                    new { Ids = some.Select(use => use.Key.AliasId).ToArray(), Times = some.Select(use => use.Value).ToArray() },
                    cancellationToken);
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run("alias_uses", Round, stoppingToken);

    private async Task Round(CancellationToken stop)
    {
        await Task.Delay(Period, clock, stop);
        await Write(stop);
    }
}
