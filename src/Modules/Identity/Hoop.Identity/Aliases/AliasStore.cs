using System.Text.Json;
using Hoop.Identity.Entities;
using Hoop.Identity.Mounts;
using Hoop.Identity.Organizations;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;

namespace Hoop.Identity.Aliases;

/// <summary>
/// Finds, makes and changes aliases in the transaction of a command. Makers of one name in one mount come one after the other, so that
/// the first makes it and the others find it.
/// </summary>
internal sealed class AliasStore(Db db, ICaller caller, NewEntity newEntity, QuotaCheck quota)
{
    private const string LockFactorsSql =
        "SELECT pg_advisory_xact_lock(hashtextextended('alias ' || @OrgId::text || ' ' || @Accessor || ' ' || @NameKey, 0))";

    private const string FindMountSql = """
        SELECT accessor, sign_in, local
        FROM identity.mounts
        WHERE (org_id = @OrgId OR org_id IS NULL) AND accessor = @Accessor
        """;

    private const string Columns =
        "alias.id, alias.entity_id, alias.accessor, alias.name, alias.custom_metadata::text AS custom_metadata, mount.local";

    private const string FindByIdSql = $"""
        SELECT {Columns}
        FROM {EntityAlias.From}
        WHERE alias.org_id = @OrgId AND alias.id = @Id
        """;

    private const string FindByFactorsSql = $"""
        SELECT {Columns}
        FROM {EntityAlias.From}
        WHERE alias.org_id = @OrgId AND alias.accessor = @Accessor AND alias.name_key = @NameKey
        """;

    private const string FindEntitySql = """
        SELECT id
        FROM identity.entities
        WHERE org_id = @OrgId AND id = @Id
        FOR KEY SHARE
        """;

    private const string HasAliasSql = """
        SELECT EXISTS (SELECT FROM identity.entity_aliases WHERE org_id = @OrgId AND entity_id = @EntityId AND accessor = @Accessor)
        """;

    private const string IsTakenSql = """
        SELECT EXISTS (
          SELECT FROM identity.entity_aliases
          WHERE org_id = @OrgId AND accessor = @Accessor AND name_key = @NameKey AND id <> @Id)
        """;

    private const string CreateSql = """
        INSERT INTO identity.entity_aliases
          (id, org_id, entity_id, accessor, mount, name, name_key, custom_metadata, owner, expires_at)
        VALUES (@Id, @OrgId, @EntityId, @Accessor, @SignIn, @Name, @NameKey, @CustomMetadata::jsonb, @Owner, @ExpiresAt)
        """;

    // What a sign-in told was about this name on this mount: another name, or a group of another mount, is somebody else's.
    private const string UpdateSql = """
        UPDATE identity.entity_aliases
        SET entity_id = @EntityId,
            accessor = @Accessor,
            mount = coalesce(@SignIn, mount),
            name = @Name,
            name_key = @NameKey,
            metadata = CASE WHEN accessor = @Accessor AND name = @Name THEN metadata END,
            told_groups = CASE WHEN accessor = @Accessor AND name = @Name THEN told_groups END,
            told_at = CASE WHEN accessor = @Accessor AND name = @Name THEN told_at END,
            custom_metadata = CASE WHEN @HasMetadata THEN @CustomMetadata::jsonb ELSE custom_metadata END,
            owner = CASE WHEN @HasOwner THEN @Owner ELSE owner END,
            expires_at = CASE WHEN @HasExpiry THEN @ExpiresAt::timestamptz ELSE expires_at END,
            updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = @Id
        """;

    private OrgDb Organization => db.Of(caller.OrgId);

    public async Task<Result<SetAlias.Written>> Write(AliasChange change, CancellationToken cancellationToken)
    {
        if (change.Id.Length > 0)
        {
            await Organization.TakeStoreLock(cancellationToken);
            return VaultIdConstraint.Parse(change.Id) is { } id
                && await Organization.Find<Row>(FindByIdSql, new { Id = id }, cancellationToken) is { } stored
                ? await Update(stored, change, cancellationToken)
                : AliasErrors.NoSuchId;
        }

        if (change.Name.Length == 0 || change.Accessor.Length == 0)
        {
            return AliasErrors.NoFactors;
        }

        var factors = new { change.Accessor, NameKey = AliasName.KeyOf(change.Name) };
        var byFactors = change.CustomMetadata.IsSupplied
            ? change
            : change with { CustomMetadata = Field<IReadOnlyDictionary<string, string>>.Of(new Dictionary<string, string>()) };

        // Whoever finds what it would write waits for nobody.
        if (await Organization.Find<Row>(FindByFactorsSql, factors, cancellationToken) is { } same && IsUnchanged(same, byFactors))
        {
            return new SetAlias.Written(same.Id, same.EntityId, same.Accessor, same.Name, AliasWrite.Nothing);
        }

        await Organization.Execute(LockFactorsSql, factors, cancellationToken);
        var first = await Organization.Find<Row>(FindByFactorsSql, factors, cancellationToken);
        if (first is null)
        {
            return await Create(change, cancellationToken);
        }

        if (IsUnchanged(first, byFactors))
        {
            return new SetAlias.Written(first.Id, first.EntityId, first.Accessor, first.Name, AliasWrite.Nothing);
        }

        await Organization.TakeStoreLock(cancellationToken);
        return await Organization.Find<Row>(FindByFactorsSql, factors, cancellationToken) is { } found
            ? await Update(found, byFactors, cancellationToken)
            : await Create(change, cancellationToken);
    }

    /// <summary>The alias of a name that signs in, made with an entity of its own when there is none; what there is stays.</summary>
    public async Task<Result<SetAlias.Written>> Ensure(string accessor, string name, CancellationToken cancellationToken)
    {
        var factors = new { Accessor = accessor, NameKey = AliasName.KeyOf(name) };
        await Organization.Execute(LockFactorsSql, factors, cancellationToken);
        if (await Organization.Find<Row>(FindByFactorsSql, factors, cancellationToken) is { } found)
        {
            return new SetAlias.Written(found.Id, found.EntityId, found.Accessor, found.Name, AliasWrite.Nothing);
        }

        return await Create(
            new AliasChange("", name, accessor, CanonicalId: "", default, new Hygiene(default, default)), cancellationToken);
    }

    private async Task<Result<SetAlias.Written>> Create(AliasChange change, CancellationToken cancellationToken)
    {
        if (await Organization.Find<MountRow>(FindMountSql, new { change.Accessor }, cancellationToken) is not { } mount)
        {
            return MountErrors.NoAccessor(change.Accessor);
        }

        Guid entityId;
        if (change.CanonicalId.Length > 0)
        {
            if (await FindEntity(change.CanonicalId, cancellationToken) is not { } existing)
            {
                return AliasErrors.NoEntity;
            }

            entityId = existing;
            if (await Organization.Find<bool>(HasAliasSql, new { EntityId = entityId, change.Accessor }, cancellationToken))
            {
                return AliasErrors.HasOne;
            }
        }
        else
        {
            var made = await newEntity.Make(because: "entity_alias", cancellationToken);
            if (made.Error is { } error)
            {
                return error;
            }

            entityId = made.Value;
        }

        var id = RowId.Next();
        if (await quota.Refuses(caller.OrgId, IdentityQuotas.EntityAliases, cancellationToken) is { } full)
        {
            return full;
        }

        await Organization.Execute(
            CreateSql,
            new
            {
                Id = id,
                EntityId = entityId,
                change.Accessor,
                mount.SignIn,
                change.Name,
                NameKey = AliasName.KeyOf(change.Name),
                CustomMetadata = change.CustomMetadataJson,
                Owner = change.Hygiene.OwnerText,
                ExpiresAt = change.Hygiene.Expiry,
            },
            cancellationToken);
        return new SetAlias.Written(id, entityId, change.Accessor, change.Name, AliasWrite.Created);
    }

    private async Task<Result<SetAlias.Written>> Update(Row stored, AliasChange change, CancellationToken cancellationToken)
    {
        var name = change.Name.Length > 0 ? change.Name : stored.Name;
        var accessor = change.Accessor.Length > 0 ? change.Accessor : stored.Accessor;
        var moves = change.CanonicalId.Length > 0 && change.CanonicalId != stored.EntityId.ToString();
        var remounts = accessor != stored.Accessor;
        if (IsUnchanged(stored, change))
        {
            return new SetAlias.Written(stored.Id, stored.EntityId, accessor, name, AliasWrite.Nothing);
        }

        if (remounts && !moves
            && await Organization.Find<bool>(HasAliasSql, new { stored.EntityId, Accessor = accessor }, cancellationToken))
        {
            return AliasErrors.HasOneOnNewMount;
        }

        var mount = remounts ? await Organization.Find<MountRow>(FindMountSql, new { Accessor = accessor }, cancellationToken) : null;
        if (remounts && mount is null)
        {
            return MountErrors.NoAccessor(accessor);
        }

        var key = AliasName.KeyOf(name);
        if (await Organization.Find<bool>(IsTakenSql, new { Accessor = accessor, NameKey = key, stored.Id }, cancellationToken))
        {
            return AliasErrors.NameTaken;
        }

        var target = stored.EntityId;
        if (moves)
        {
            var found = await TargetOf(stored, change, accessor, cancellationToken);
            if (found.Error is { } refused)
            {
                return refused;
            }

            target = found.Value;
        }

        await Organization.Execute(
            UpdateSql,
            new
            {
                stored.Id,
                EntityId = target,
                Accessor = accessor,
                mount?.SignIn,
                Name = name,
                NameKey = key,
                HasMetadata = change.CustomMetadata.IsSupplied,
                CustomMetadata = change.CustomMetadataJson,
                HasOwner = change.Hygiene.Owner.IsSupplied,
                Owner = change.Hygiene.OwnerText,
                HasExpiry = change.Hygiene.ExpiresAt.IsSupplied,
                ExpiresAt = change.Hygiene.Expiry,
            },
            cancellationToken);
        return new SetAlias.Written(stored.Id, target, accessor, name, AliasWrite.Updated);
    }

    private async Task<Result<Guid>> TargetOf(Row stored, AliasChange change, string accessor, CancellationToken cancellationToken) =>
        stored.Local ? AliasErrors.IsLocal
        : await FindEntity(change.CanonicalId, cancellationToken) is not { } target ? AliasErrors.NoTarget
        : await Organization.Find<bool>(HasAliasSql, new { EntityId = target, Accessor = accessor }, cancellationToken)
            ? AliasErrors.TargetHasOne
        : target;

    private async Task<Guid?> FindEntity(string text, CancellationToken cancellationToken) =>
        VaultIdConstraint.Parse(text) is { } id ? await Organization.Find<Guid?>(FindEntitySql, new { Id = id }, cancellationToken) : null;

    private static bool IsUnchanged(Row stored, AliasChange change) =>
        (change.Name.Length == 0 || change.Name == stored.Name)
        && (change.Accessor.Length == 0 || change.Accessor == stored.Accessor)
        && (change.CanonicalId.Length == 0 || change.CanonicalId == stored.EntityId.ToString())
        && SameMetadata(stored, change)
        && !change.Hygiene.Owner.IsSupplied
        && !change.Hygiene.ExpiresAt.IsSupplied;

    private static bool SameMetadata(Row stored, AliasChange change)
    {
        if (!change.CustomMetadata.IsSupplied)
        {
            return true;
        }

        var (before, after) = (
            JsonSerializer.Deserialize<Dictionary<string, string>>(stored.CustomMetadata ?? "{}")!,
            change.CustomMetadata.Value ?? new Dictionary<string, string>());
        return before.Count == after.Count && after.All(pair => before.TryGetValue(pair.Key, out var value) && value == pair.Value);
    }

    private sealed record Row(Guid Id, Guid EntityId, string Accessor, string Name, string? CustomMetadata, bool Local);

    private sealed record MountRow(string Accessor, string SignIn, bool Local);
}
