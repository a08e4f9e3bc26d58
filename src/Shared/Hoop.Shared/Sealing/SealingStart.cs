using Hoop.Shared.Configuration;
using Hoop.Shared.Data;
using Hoop.Shared.Memory;
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
    CoherentMemory memory,
    ILogger<SealingStart> logger) : BackgroundService
{
    public const string Agreed = "sealing_key";

    private const string Variable = "HOOP_ENCRYPTION_KEY";
    private const string Lost = "if that key is lost, run: hoop-gateway forget-key";

    private readonly SemaphoreSlim _reading = new(1);
    private IDisposable? _subscription;
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

        // Before they are read, so that none is missed.
        _subscription = memory.Subscribe(StoredKeys.Topic, _ => Read(CancellationToken.None));
        keys.Misses = () => _ = Task.Run(ReadAfterMiss, CancellationToken.None);
        await using var agreement = await agreements.Begin(Agreed, cancellationToken);
        await Read(cancellationToken);
        var inUse = await KeysInUse(cancellationToken);
        var wanted = agreement.Current ?? (agreement.IsOpen || inUse.Any(keys.Holds) ? null : (inUse.Count > 0 ? inUse[0] : null));
        if (wanted is not null && !keys.Holds(wanted))
        {
            throw new ConfigurationException(Variable, Refusal(wanted));
        }

        if (keys.IsEmpty)
        {
            keys.Add(EncryptionKeyFile.Create(options.KeyFile));
            logger.LogInformation("Generated the encryption key {KeyId} in {File}; back it up", keys.Root, options.KeyFile);
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
            var db = scope.ServiceProvider.GetRequiredService<Db>();
            if (await StoredKeys.Move(db, keys, stoppingToken) is > 0 and var moved)
            {
                logger.LogInformation("{Count} keys of the database were sealed again with the key {KeyId}", moved, keys.Root);
            }

            var resealed = await new Resealing(db, keys, columns).Run(stoppingToken);
            if (resealed.Moved > 0)
            {
                logger.LogInformation(
                    "{Count} stored credentials were sealed again with the key {KeyId}", resealed.Moved, keys.SealsWith);
            }

            foreach (var unreadable in resealed.Unreadable)
            {
                logger.LogError("A sealed value does not open: {Value}", unreadable);
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

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        keys.Misses = null;
        _subscription?.Dispose();
        await base.StopAsync(cancellationToken);
    }

    private async Task Read(CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await StoredKeys.Load(scope.ServiceProvider.GetRequiredService<Db>(), keys, cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    // The caller was refused; the next one finds the key, when there is one. One reader at a time is enough.
    private async Task ReadAfterMiss()
    {
        if (_reading.CurrentCount == 0)
        {
            return;
        }

        try
        {
            await Read(CancellationToken.None);
        }
        catch (Exception exception) when (DatabaseErrors.IsUnavailable(exception) || exception is ObjectDisposedException)
        {
            logger.LogWarning("The keys of the database could not be read: {Reason}", exception.Message);
        }
    }

    private string Refusal(string wanted) => keys.IsEmpty
        ? $"the gateways of this database seal with the key {wanted}, and this one has none: {options.KeyFile} is missing; "
            + $"restore that file, or set the variable to the same key on all of them ({Lost})"
        : $"the gateways of this database seal with the key {wanted}, and this one has {keys.Root} instead; "
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

        // A key of the database is as good as the gateway's key that seals it.
        var stored = await StoredKeys.List(db, cancellationToken);
        inUse.UnionWith(stored.Where(key => inUse.Contains(key.Name)).Select(key => key.RootKey));
        inUse.ExceptWith(stored.Select(key => key.Name));
        return [.. inUse];
    }
}
