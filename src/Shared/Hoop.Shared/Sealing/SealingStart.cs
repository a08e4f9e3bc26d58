using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Sealing;

/// <summary>
/// Completes the keys before the gateway listens, then seals again what older keys sealed. A new key is generated only while the
/// database holds nothing sealed: with a fresh key, everything stored would be lost without a word.
/// </summary>
internal sealed class SealingStart(
    SealingKeys keys, SealingOptions options, IEnumerable<SealedColumn> columns, IServiceScopeFactory scopes, ILogger<SealingStart> logger) : BackgroundService
{
    /// <exception cref="ConfigurationException">There is no key, and sealed rows exist.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        var inUse = await KeysInUse(cancellationToken);
        if (EncryptionKeyFile.Read(options.KeyFile) is { } stored)
        {
            keys.Add(stored);
        }
        else if (keys.IsEmpty)
        {
            if (inUse.Count > 0)
            {
                throw new ConfigurationException(
                    "HOOP_ENCRYPTION_KEY",
                    $"the database holds credentials sealed with the key {inUse[0]}, but {options.KeyFile} is missing; restore that file, or set the variable (to a new key, if the old one is lost)");
            }

            keys.Add(EncryptionKeyFile.Create(options.KeyFile));
            logger.LogInformation("Generated the encryption key {KeyId} in {File}; back it up", keys.SealsWith, options.KeyFile);
        }

        foreach (var missing in inUse.Where(keyId => !keys.Holds(keyId)))
        {
            logger.LogError("Credentials sealed with the key {KeyId} cannot be opened: it is not in HOOP_ENCRYPTION_KEY", missing);
        }

        await base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var resealed = await new Resealing(scope.ServiceProvider.GetRequiredService<Db>(), keys, columns).Run(stoppingToken);
            if (resealed > 0)
            {
                logger.LogInformation("{Count} stored credentials were sealed again with the key {KeyId}", resealed, keys.SealsWith);
            }
        }
        catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception))
        {
            logger.LogWarning("Sealing again waits for the next start: {Reason}", exception.Message);
        }
        catch (OperationCanceledException)
        {
            // The gateway stops; the rest is done at the next start.
        }
    }

    private async Task<IReadOnlyList<string>> KeysInUse(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var inUse = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            inUse.UnionWith(await db.AcrossOrgs.List<string>(column.KeysInUseSql, args: null, cancellationToken));
        }

        return [.. inUse];
    }
}
