using Hoop.Shared.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Federation.Sealing;

/// <summary>
/// Completes the key ring before the gateway listens, then seals again what older keys sealed. A new key is generated only while the
/// database holds nothing sealed: with a fresh key, everything stored would be lost without a word.
/// </summary>
internal sealed class KeyRingStart(KeyRing ring, FederationOptions options, IServiceScopeFactory scopes, ILogger<KeyRingStart> logger) : BackgroundService
{
    [CrossOrg("Asks about keys, not about anybody's rows.")]
    private const string KeysInUseSql = """
        SELECT secrets_key_id FROM federation.connections WHERE secrets_key_id IS NOT NULL
        UNION
        SELECT credentials_key_id FROM federation.policies WHERE credentials_key_id IS NOT NULL
        """;

    /// <exception cref="ConfigurationException">There is no key, and sealed rows exist.</exception>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var inUse = await db.AcrossOrgs.List<string>(KeysInUseSql, args: null, cancellationToken);
        if (EncryptionKeyFile.Read(options.KeyFile) is { } stored)
        {
            ring.Add(stored);
        }
        else if (ring.IsEmpty)
        {
            if (inUse.Count > 0)
            {
                throw new ConfigurationException(
                    "HOOP_ENCRYPTION_KEY",
                    $"the database holds credentials sealed with the key {inUse[0]}, but {options.KeyFile} is missing; restore that file, or set the variable (to a new key, if the old one is lost)");
            }

            ring.Add(EncryptionKeyFile.Create(options.KeyFile));
            logger.LogInformation("Generated the encryption key {KeyId} in {File}; back it up", ring.SealsWith, options.KeyFile);
        }

        foreach (var missing in inUse.Where(keyId => !ring.Holds(keyId)))
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
            var resealed = await new Resealing(scope.ServiceProvider.GetRequiredService<Db>(), ring).Run(stoppingToken);
            if (resealed > 0)
            {
                logger.LogInformation("{Count} stored credentials were sealed again with the key {KeyId}", resealed, ring.SealsWith);
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
}
