using System.Collections.Concurrent;
using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hoop.Identity;

/// <summary>
/// When the rows of one table were last used: noted in memory, and written at most once a minute a row over all gateways. Nobody who signs
/// in waits for it, and a row that somebody changes is left for the next round.
/// </summary>
/// <param name="name">Of the loop, in metrics and log.</param>
/// <param name="writeSql">Writes <c>@Times</c> to the rows <c>@Ids</c> of <c>@OrgId</c> that are due, and skips locked ones.</param>
internal abstract class RowUses(string name, string writeSql, IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock)
    : BackgroundService
{
    /// <summary>What comes on top in one period is noted by the next use.</summary>
    private const int Most = 50_000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Guid OrgId, Guid Id), DateTime> _used = new();

    /// <param name="last">As the row says now; null when that is not known.</param>
    public void Note(Guid orgId, Guid id, DateTime? last)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if ((last is null || now - last > Due) && _used.Count < Most)
        {
            _used[(orgId, id)] = now;
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
                    writeSql,
                    new { Ids = some.Select(use => use.Key.Id).ToArray(), Times = some.Select(use => use.Value).ToArray() },
                    cancellationToken);
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run(name, Round, stoppingToken);

    private async Task Round(CancellationToken stop)
    {
        await Task.Delay(Period, clock, stop);
        await Write(stop);
    }
}
