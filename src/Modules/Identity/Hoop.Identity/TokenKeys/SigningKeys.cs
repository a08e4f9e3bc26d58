using Hoop.Identity.ClaimTemplates;

namespace Hoop.Identity.TokenKeys;

/// <summary>Finds and makes named keys.</summary>
internal sealed class SigningKeys(Db db, KeyVersions versions, ISender sender, ICaller caller, TimeProvider clock)
{
    // One statement is the lock of all that the organization publishes and the count of its changes.
    private const string TakeSql = """
        INSERT INTO identity.oidc_config (org_id)
        VALUES (@OrgId)
        ON CONFLICT (org_id) DO UPDATE SET sequence = oidc_config.sequence + 1
        """;

    private const string FindSql = $"""
        SELECT {SigningKey.Columns}
        FROM identity.oidc_keys
        WHERE org_id = @OrgId AND name = @Name
        """;

    private const string AddSql = """
        INSERT INTO identity.oidc_keys (
          id, org_id, name, algorithm, rotation_period, verification_ttl, publish_ahead, allowed_client_ids, rotates_at)
        VALUES (@Id, @OrgId, @Name, @Algorithm, @RotationPeriod, @VerificationTtl, @PublishAhead, @AllowedClientIds, @RotatesAt)
        """;

    private const string PlanSql = """
        UPDATE identity.oidc_keys
        SET rotates_at = @RotatesAt
        WHERE org_id = @OrgId AND id = @Id
        """;

    private const string RolesSql = """
        SELECT name
        FROM identity.oidc_roles
        WHERE org_id = @OrgId AND key_name = @Name
        ORDER BY name
        LIMIT 100
        """;

    private const string SvidRolesSql = """
        SELECT name, template
        FROM identity.oidc_roles
        WHERE org_id = @OrgId AND key_name = @Name AND template LIKE '%spiffe://%'
        ORDER BY name
        LIMIT 100
        """;

    private const string LongestTtlSql = """
        SELECT coalesce(max(ttl), 0)
        FROM identity.oidc_roles
        WHERE org_id = @OrgId AND key_name = @Name
        """;

    /// <summary>
    /// Before any change of what the organization publishes, in its transaction: changes come one after the other, so that a role and
    /// the key that it names always fit each other.
    /// </summary>
    public async Task Take(Guid orgId, CancellationToken cancellationToken)
    {
        db.Announce(SigningKey.Topic, ChangeKey.Of(orgId));
        await db.Of(orgId).Execute(TakeSql, args: null, cancellationToken);
    }

    public Task<SigningKey?> Find(Guid orgId, string name, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<SigningKey>(FindSql, new { Name = name }, cancellationToken);

    /// <summary>As it will be: the key <c>default</c> is there before it is made.</summary>
    public async Task<SigningKey?> Show(Guid orgId, string name, CancellationToken cancellationToken) =>
        await Find(orgId, name, cancellationToken)
        ?? (name == SigningKey.Default ? SigningKey.New(name, clock.GetUtcNow().UtcDateTime) : null);

    /// <summary>The key; <c>default</c> is made when it was not needed before.</summary>
    public async Task<SigningKey?> FindOrMake(Guid orgId, string name, CancellationToken cancellationToken)
    {
        var known = await Find(orgId, name, cancellationToken);
        if (known is not null || name != SigningKey.Default)
        {
            return known;
        }

        var made = SigningKey.New(name, clock.GetUtcNow().UtcDateTime);
        await Add(orgId, made, cancellationToken);
        await sender.Send(
            new RecordAudit(orgId, caller.Current, new AuditEntry("signing_key", AuditAction.Create, name)), cancellationToken);
        return made;
    }

    public async Task Add(Guid orgId, SigningKey key, CancellationToken cancellationToken)
    {
        await db.Of(orgId).Execute(
            AddSql,
            new
            {
                key.Id,
                key.Name,
                key.Algorithm,
                key.RotationPeriod,
                key.VerificationTtl,
                key.PublishAhead,
                key.AllowedClientIds,
                key.RotatesAt,
            },
            cancellationToken);
        await versions.Begin(orgId, key, cancellationToken);
    }

    public Task Plan(Guid orgId, Guid keyId, DateTime rotatesAt, CancellationToken cancellationToken) =>
        db.Of(orgId).Execute(PlanSql, new { Id = keyId, RotatesAt = rotatesAt }, cancellationToken);

    /// <summary>The roles that sign with a key, at most a hundred of them.</summary>
    public Task<IReadOnlyList<string>> RolesOf(Guid orgId, string name, CancellationToken cancellationToken) =>
        db.Of(orgId).List<string>(RolesSql, new { Name = name }, cancellationToken);

    /// <summary>Those of the key's roles that make JWT-SVIDs, which it may not sign; none when it may.</summary>
    public async Task<IReadOnlyList<string>> RolesWithoutTokens(Guid orgId, SigningKey key, CancellationToken cancellationToken) =>
        key.Algorithm != KeyMaterial.Edwards ? [] :
        [
            .. (await db.Of(orgId).List<SvidRole>(SvidRolesSql, new { key.Name }, cancellationToken))
                .Where(role => ClaimTemplate.Parse(role.Template, out _) is { NamesSubject: true })
                .Select(role => role.Name),
        ];

    /// <summary>In seconds; zero without a role.</summary>
    public Task<int> LongestTtl(Guid orgId, string name, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<int>(LongestTtlSql, new { Name = name }, cancellationToken);

    /// <summary>Lets the next version sign, and plans when the one after that does.</summary>
    public async Task<Result<Rotated>> Rotate(Guid orgId, SigningKey key, int keep, CancellationToken cancellationToken)
    {
        var result = await versions.Rotate(orgId, key, keep, cancellationToken);
        if (result.Succeeded(out var rotated, out _))
        {
            await Plan(orgId, key.Id, rotated.RotatesAt, cancellationToken);
        }

        return result;
    }

    private sealed record SvidRole(string Name, string Template);
}
