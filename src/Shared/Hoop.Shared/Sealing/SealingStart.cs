using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Hoop.Shared.Sealing;

/// <summary>
/// Completes the keys before the gateway listens, then seals again what older keys sealed. All gateways of a database hold the key that is
/// recorded there: what one seals, the others open. A new key is generated only while nothing is recorded and nothing sealed: with a fresh
/// key, everything stored would be lost without a word.
/// </summary>
internal sealed class SealingStart(
    SealingKeys keys,
    SealingOptions options,
    IEnumerable<SealedColumn> columns,
    IServiceScopeFactory scopes,
    Agreements agreements,
    ILogger<SealingStart> logger) : BackgroundService
{
    public const string Agreed = "sealing_key";

    private const string Variable = "HOOP_ENCRYPTION_KEY";
    private const string Lost = "if that key is lost, run: hoop-gateway forget-key";

    private bool _prepared;

    /// <summary>May be called before the start, so that a refusal comes before anything runs; the start does it otherwise.</summary>
    /// <exception cref="ConfigurationException">The key of this database is missing here.</exception>
    public async Task Prepare(CancellationToken cancellationToken)
    {
        if (_prepared)
        {
            return;
        }

        if (EncryptionKeyFile.Read(options.KeyFile) is { } stored)
        {
            keys.Add(stored);
        }

        await using var agreement = await agreements.Begin(Agreed, cancellationToken);
        var inUse = await KeysInUse(cancellationToken);
        var wanted = agreement.Current ?? (agreement.IsOpen || inUse.Any(keys.Holds) ? null : (inUse.Count > 0 ? inUse[0] : null));
        if (wanted is not null && !keys.Holds(wanted))
        {
            throw new ConfigurationException(Variable, Refusal(wanted));
        }

        if (keys.IsEmpty)
        {
            keys.Add(EncryptionKeyFile.Create(options.KeyFile));
            logger.LogInformation("Generated the encryption key {KeyId} in {File}; back it up", keys.SealsWith, options.KeyFile);
        }

        foreach (var missing in inUse.Where(keyId => !keys.Holds(keyId)))
        {
            logger.LogError("Credentials sealed with the key {KeyId} cannot be opened: it is not in HOOP_ENCRYPTION_KEY", missing);
        }

        await agreement.Agree(keys.Fingerprint, cancellationToken);
        _prepared = true;
    }

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await Prepare(cancellationToken);
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

    private string Refusal(string wanted) => keys.IsEmpty
        ? $"the gateways of this database seal with the key {wanted}, and this one has none: {options.KeyFile} is missing; "
            + $"restore that file, or set the variable to the same key on all of them ({Lost})"
        : $"the gateways of this database seal with the key {wanted}, and this one has {keys.SealsWith} instead; "
            + $"give all of them the same keys ({Lost})";

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
