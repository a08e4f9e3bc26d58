using System.Collections.Concurrent;
using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Hoop.ServiceAccounts.Accounts;

/// <summary>
/// When accounts were last used: noted in memory, and written at most once a minute a row over all gateways. Nobody who signs in waits for
/// it, and a row that somebody changes is left for the next round.
/// </summary>
internal sealed class AccountUses(IServiceScopeFactory scopes, BackgroundLoops loops, TimeProvider clock) : BackgroundService
{
    /// <summary>What comes on top in one period is noted by the next use.</summary>
    private const int Most = 50_000;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Due = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(Guid OrgId, string Issuer, string Subject), DateTime> _used = new();

    private const string WriteSql = """
        UPDATE service_accounts.accounts AS account
        SET last_used_at = due.used_at
        FROM (
          SELECT one.issuer, one.subject, used.used_at
          FROM unnest(@Issuers::text[], @Subjects::text[], @Times::timestamptz[]) AS used (issuer, subject, used_at)
          JOIN service_accounts.accounts AS one
            ON one.org_id = @OrgId AND one.issuer = used.issuer AND one.subject = used.subject
          WHERE one.last_used_at IS NULL OR one.last_used_at < used.used_at - interval '1 minute'
          FOR NO KEY UPDATE OF one SKIP LOCKED
        ) AS due
        WHERE account.org_id = @OrgId AND account.issuer = due.issuer AND account.subject = due.subject
        """;

    /// <param name="last">As the row says now.</param>
    public void Note(Guid orgId, string issuer, string subject, DateTime? last)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if ((last is null || now - last > Due) && _used.Count < Most)
        {
            _used[(orgId, issuer, subject)] = now;
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
                var args = new
                {
                    Issuers = some.Select(use => use.Key.Issuer).ToArray(),
                    Subjects = some.Select(use => use.Key.Subject).ToArray(),
                    Times = some.Select(use => use.Value).ToArray(),
                };
                await db.Of(organization.Key).Execute(WriteSql, args, cancellationToken);
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run("account_uses", Round, stoppingToken);

    private async Task Round(CancellationToken stop)
    {
        await Task.Delay(Period, clock, stop);
        await Write(stop);
    }
}
