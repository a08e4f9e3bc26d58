using Hoop.Shared.Background;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Identity.TokenKeys;

/// <summary>
/// Carries out the plan of the rows, on any gateway: rotates the keys that are due, and stops publishing versions whose tokens have ended.
/// Two gateways at once meet at the organization's lock, and the second finds the work done.
/// </summary>
internal sealed class KeyRotation(
    IServiceScopeFactory scopes, BackgroundLoops loops, Announcer announcer, TimeProvider clock, ILogger<KeyRotation> logger)
    : BackgroundService
{
    private const int Batch = 200;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(20);

    [CrossOrg("What is due is rotated in all organizations alike.")]
    private const string FindDueSql = """
        SELECT org_id, id
        FROM identity.oidc_keys
        WHERE rotates_at <= @Now
        ORDER BY rotates_at
        LIMIT @Batch
        """;

    [CrossOrg("What has ended is removed in all organizations alike.")]
    private const string FindEndedSql = """
        SELECT DISTINCT org_id
        FROM identity.oidc_key_versions
        WHERE published_until <= @Now
        LIMIT @Batch
        """;

    private const string FindKeySql = $"""
        SELECT {SigningKey.Columns}
        FROM identity.oidc_keys
        WHERE org_id = @OrgId AND id = @Id AND rotates_at <= @Now
        """;

    private const string RemoveSql = """
        DELETE FROM identity.oidc_key_versions
        WHERE org_id = @OrgId AND published_until <= @Now
        """;

    /// <summary>How many keys were rotated.</summary>
    public async Task<int> Run(CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        foreach (var ended in await db.AcrossOrgs.List<Guid>(FindEndedSql, new { Now = now, Batch }, cancellationToken))
        {
            await InScope(ended, services => Remove(ended, now, services, cancellationToken), cancellationToken);
        }

        var rotated = 0;
        foreach (var due in await db.AcrossOrgs.List<Due>(FindDueSql, new { Now = now, Batch }, cancellationToken))
        {
            rotated += await InScope(due.OrgId, services => Rotate(due, now, services, cancellationToken), cancellationToken) ? 1 : 0;
        }

        return rotated;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => loops.Run("key_rotation", Round, stoppingToken);

    private async Task Round(CancellationToken stop)
    {
        await Task.Delay(Period, clock, stop);
        await Run(stop);
    }

    // One organization's trouble does not keep the others waiting.
    private async Task<bool> InScope(Guid orgId, Func<IServiceProvider, Task<bool>> work, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        try
        {
            await using var transaction = await db.Begin(cancellationToken);
            await scope.ServiceProvider.GetRequiredService<SigningKeys>().Take(orgId, cancellationToken);
            if (!await work(scope.ServiceProvider))
            {
                return false;
            }

            await transaction.Commit(cancellationToken);
        }
        catch (Exception exception) when (!DatabaseErrors.IsUnavailable(exception) && !cancellationToken.IsCancellationRequested)
        {
            logger.LogError(exception, "A signing key of the organization {Organization} could not be rotated", orgId);
            return false;
        }

        await announcer.Announce(db.TakeAnnounced());
        return true;
    }

    private static async Task<bool> Remove(
        Guid orgId, DateTime now, IServiceProvider services, CancellationToken cancellationToken) =>
        await services.GetRequiredService<Db>().Of(orgId).Execute(RemoveSql, new { Now = now }, cancellationToken) > 0;

    private static async Task<bool> Rotate(Due due, DateTime now, IServiceProvider services, CancellationToken cancellationToken)
    {
        var db = services.GetRequiredService<Db>();
        if (await db.Of(due.OrgId).Find<SigningKey>(FindKeySql, new { due.Id, Now = now }, cancellationToken) is not { } key)
        {
            return false;
        }

        var keys = services.GetRequiredService<SigningKeys>();
        var result = await keys.Rotate(due.OrgId, key, key.VerificationTtl, cancellationToken);
        if (!result.Succeeded(out var rotated, out var error))
        {
            // Too many versions: later, when some have ended.
            await keys.Plan(due.OrgId, key.Id, now.AddMinutes(1), cancellationToken);
        }

        await services.GetRequiredService<ISender>().Send(
            new RecordAudit(due.OrgId, Actor: null, new AuditEntry("signing_key", AuditAction.Rotate, key.Name)
            {
                Fields = new AuditFields { { "planned", true }, { "signs_with", rotated?.SignsWith } },
                Failure = error?.Code,
            }),
            cancellationToken);
        return true;
    }

    private sealed record Due(Guid OrgId, Guid Id);
}
