using Hoop.Shared.Data;
using Hoop.Shared.Memory;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Shared.Sealing;

/// <summary>
/// A new key for everything that is sealed, while the gateways serve. Each step is one transaction, and each may be the last: what a
/// stopped rotation left is taken up by the next one, and two at once lead to the same key.
/// </summary>
public sealed class KeyRotation
{
    // What was under way on a gateway when it heard of the new key is committed within this time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly SealingKeys _keys;
    private readonly IEnumerable<SealedColumn> _columns;
    private readonly MemoryCommands _gateways;
    private readonly IServiceScopeFactory _scopes;
    private readonly TimeProvider _clock;

    internal KeyRotation(
        SealingKeys keys, IEnumerable<SealedColumn> columns, MemoryCommands gateways, IServiceScopeFactory scopes, TimeProvider clock) =>
        (_keys, _columns, _gateways, _scopes, _clock) = (keys, columns, gateways, scopes, clock);

    /// <summary>After each step, by its name; a test stops there.</summary>
    internal Func<string, Task> Reached { get; init; } = _ => Task.CompletedTask;

    /// <summary>Rotates, or goes on with a rotation that was stopped. To be called after <see cref="SharedServices.PrepareHoop"/>.</summary>
    /// <exception cref="TimeoutException">The gateways could not be told; nothing was moved.</exception>
    public Task<RotationOutcome> Rotate(CancellationToken cancellationToken) =>
        _gateways.Speak(tell => Rotate(tell, cancellationToken), cancellationToken);

    /// <param name="tell">Tells every gateway, and answers false when one has not confirmed.</param>
    internal async Task<RotationOutcome> Rotate(Func<IReadOnlyCollection<Change>, Task<bool>> tell, CancellationToken cancellationToken)
    {
        await using var scope = _scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<Db>();
        var key = await StoredKeys.Begin(db, _keys, cancellationToken);
        await Reached("stored");
        if (!key.Seals)
        {
            // Every gateway can open what the key seals before the first one seals with it.
            await Tell(tell);
            await Reached("known");
            await StoredKeys.StartSealing(db, key, cancellationToken);
            await Reached("seals");
        }

        // Again also when it seals: the process that began may have ended before it told anybody.
        await Tell(tell);
        await StoredKeys.Load(db, _keys, cancellationToken);
        await Reached("told");

        // Twice without a find: what was under way when the gateways heard of the key is committed by then.
        var (resealing, moved, quiet, began) = (new Resealing(db, _keys, _columns), 0, 0, _clock.GetTimestamp());
        while (true)
        {
            var pass = await resealing.Run(cancellationToken, () => Reached("batch"));
            moved += pass.Moved;
            quiet = pass.Moved == 0 && await NothingIsLeft(db, pass.Unreadable, cancellationToken) ? quiet + 1 : 0;
            if (quiet == 2)
            {
                await StoredKeys.Complete(db, key, cancellationToken);
                return new RotationOutcome(key.Name, moved, pass.Unreadable, Complete: true);
            }

            if (pass.Moved == 0 && _clock.GetElapsedTime(began) > Patience)
            {
                return new RotationOutcome(key.Name, moved, pass.Unreadable, Complete: false);
            }

            await Task.Delay(Pause, _clock, cancellationToken);
        }
    }

    /// <summary>Opens every sealed value, and names those that do not open.</summary>
    public async Task<(int Readable, IReadOnlyList<UnreadableValue> Unreadable)> Check(CancellationToken cancellationToken)
    {
        await using var scope = _scopes.CreateAsyncScope();
        return await new Resealing(scope.ServiceProvider.GetRequiredService<Db>(), _keys, _columns).Check(cancellationToken);
    }

    private static async Task Tell(Func<IReadOnlyCollection<Change>, Task<bool>> tell)
    {
        if (!await tell([new Change(StoredKeys.Topic, Key: null)]))
        {
            throw new TimeoutException(
                "not every running gateway has confirmed that it knows the new key; nothing was moved on their account. Run it again, "
                    + "or restart the gateways that do not answer");
        }
    }

    private async Task<bool> NothingIsLeft(Db db, IReadOnlyList<UnreadableValue> unreadable, CancellationToken cancellationToken)
    {
        foreach (var column in _columns)
        {
            var inUse = await db.AcrossOrgs.List<string>(column.KeysInUseSql, args: null, cancellationToken);
            if (inUse.Any(keyId => keyId != _keys.SealsWith && unreadable.All(value => value.KeyId != keyId)))
            {
                return false;
            }
        }

        return true;
    }
}

/// <param name="Key">The name of the key that seals now.</param>
/// <param name="Unreadable">What could not be moved, because nothing opens it.</param>
/// <param name="Complete">False when something was still being sealed by another key at the end; run it again.</param>
public sealed record RotationOutcome(string Key, int Moved, IReadOnlyList<UnreadableValue> Unreadable, bool Complete);
