using Hoop.Identity.Organizations;
using Hoop.Identity.Vault;
using Hoop.Shared.Quotas;
using Npgsql;

namespace Hoop.Identity.Entities;

/// <summary>Writes one entity, field by field.</summary>
internal sealed class EntityWriter(Db db, ICaller caller, QuotaCheck quota)
{
    public const string UpdateSql = """
        UPDATE identity.entities
        SET name = coalesce(nullif(@Name, ''), name),
            name_key = coalesce(nullif(@NameKey, ''), name_key),
            policies = coalesce(@Policies::text[], policies),
            disabled = coalesce(@Disabled::boolean, disabled),
            metadata = CASE WHEN @HasMetadata THEN @Metadata::jsonb ELSE metadata END,
            owner = CASE WHEN @HasOwner THEN @Owner ELSE owner END,
            expires_at = CASE WHEN @HasExpiry THEN @ExpiresAt::timestamptz ELSE expires_at END,
            updated_at = clock_timestamp()
        WHERE org_id = @OrgId AND id = @Id
        RETURNING id, set_config('hoop.told', name, true) AS name
        """;

    public const string CreateSql = """
        INSERT INTO identity.entities AS entity (id, org_id, name, name_key, policies, disabled, metadata, owner, expires_at)
        VALUES (@Id, @OrgId, @Name, @NameKey, coalesce(@Policies::text[], '{}'), coalesce(@Disabled::boolean, false),
                @Metadata::jsonb, @Owner, @ExpiresAt::timestamptz)
        ON CONFLICT (org_id, name_key) DO UPDATE
        SET name = excluded.name,
            policies = coalesce(@Policies::text[], entity.policies),
            disabled = coalesce(@Disabled::boolean, entity.disabled),
            metadata = CASE WHEN @HasMetadata THEN excluded.metadata ELSE entity.metadata END,
            owner = CASE WHEN @HasOwner THEN excluded.owner ELSE entity.owner END,
            expires_at = CASE WHEN @HasExpiry THEN excluded.expires_at ELSE entity.expires_at END,
            updated_at = clock_timestamp()
        RETURNING id, name
        """;

    public async Task<Result<SetEntity.Written>> Update(SetEntity.Request request, CancellationToken cancellationToken)
    {
        if (VaultIdConstraint.Parse(request.Id) is not { } id)
        {
            return EntityErrors.NoSuchId;
        }

        if (request.Change.ChangesRights)
        {
            db.AnnounceRights(caller.OrgId, id);
        }

        // Two that swap their names would wait for each other.
        if (request.Change.Name.Length > 0)
        {
            await db.Of(caller.OrgId).TakeStoreLock(cancellationToken);
        }

        try
        {
            var foretold = new SetEntity.Written(id, request.Change.Name, Created: false);
            return await db.Of(caller.OrgId).Change<Row>(
                UpdateSql, request.Change.Values(id, request.Change.Name), foretold, cancellationToken) is { } row
                ? foretold with { Name = row.Name }
                : EntityErrors.NoSuchId;
        }
        catch (PostgresException exception) when (DatabaseErrors.BrokenConstraint(exception) == "entities_name_unique")
        {
            // Only the index can decide between two writers that take one name in the same moment.
            return EntityErrors.NameTaken;
        }
    }

    public async Task<Result<SetEntity.Written>> Create(SetEntity.Request request, CancellationToken cancellationToken)
    {
        var id = RowId.Next();
        var name = request.Change.Name.Length > 0 ? request.Change.Name : $"entity-{Guid.NewGuid()}";
        var row = await db.Of(caller.OrgId).Find<Row>(CreateSql, request.Change.Values(id, name), cancellationToken);
        var created = row!.Id == id;

        // Only the statement knows whether the entity is new; a refusal undoes it.
        return created && await quota.Refuses(caller.OrgId, IdentityQuotas.Entities, cancellationToken, made: 1) is { } full
            ? full
            : new SetEntity.Written(row.Id, row.Name, created);
    }

    private sealed record Row(Guid Id, string Name);
}
