using System.Security.Cryptography;
using Hoop.Shared.Sealing;

namespace Hoop.Identity.TokenKeys;

/// <summary>
/// The versions of a key: one signs, the next one is published and waits, and retired ones stay published until the tokens that they
/// signed have ended. To be used inside of a transaction that holds <see cref="SigningKeys.Take"/>.
/// </summary>
internal sealed class KeyVersions(Db db, SealingKeys sealing, TimeProvider clock)
{
    /// <summary>Of one key: what verifiers fetch stays small, however often somebody rotates.</summary>
    public const int MostPublished = 24;

    private const string AddSql = """
        INSERT INTO identity.oidc_key_versions (
          id, org_id, key_id, state, algorithm, public_jwk, private_key_id, private_sealed, published_for, published_at, signs_since)
        VALUES (
          @Id, @OrgId, @KeyId, @State, @Algorithm, @PublicJwk::jsonb, @PrivateKeyId, @PrivateSealed, @PublishedFor, @Now,
          CASE WHEN @State = 'current' THEN @Now END)
        """;

    private const string NextSql = """
        SELECT algorithm, published_at
        FROM identity.oidc_key_versions
        WHERE org_id = @OrgId AND key_id = @KeyId AND state = 'next'
        """;

    private const string CountSql = """
        SELECT count(*)
        FROM identity.oidc_key_versions
        WHERE org_id = @OrgId AND key_id = @KeyId
        """;

    // What it keeps published is never less than what it was meant to be while it signed.
    private const string RetireSql = """
        UPDATE identity.oidc_key_versions
        SET state = 'retired', private_key_id = NULL, private_sealed = NULL,
            published_until = @Now + make_interval(secs => CASE WHEN @Exactly THEN @Keep ELSE greatest(@Keep, published_for) END)
        WHERE org_id = @OrgId AND key_id = @KeyId AND state = 'current'
        """;

    private const string PromoteSql = """
        UPDATE identity.oidc_key_versions
        SET state = 'current', signs_since = @Now
        WHERE org_id = @OrgId AND key_id = @KeyId AND state = 'next'
        """;

    private const string DropNextSql = """
        DELETE FROM identity.oidc_key_versions
        WHERE org_id = @OrgId AND key_id = @KeyId AND state = 'next'
        """;

    private const string WithdrawSql = """
        DELETE FROM identity.oidc_key_versions
        WHERE org_id = @OrgId AND key_id = @KeyId AND (state = 'next' OR @Keep = 0)
        RETURNING id
        """;

    private const string KeepSql = """
        UPDATE identity.oidc_key_versions
        SET published_for = greatest(published_for, @Seconds)
        WHERE org_id = @OrgId AND key_id = @KeyId AND state <> 'retired'
        """;

    private const string SignsSql = """
        SELECT id
        FROM identity.oidc_key_versions
        WHERE org_id = @OrgId AND key_id = @KeyId AND state = 'current'
        """;

    /// <summary>The first two versions; the first signs at once, since nobody can know older ones.</summary>
    public async Task Begin(Guid orgId, SigningKey key, CancellationToken cancellationToken)
    {
        await Add(orgId, key, "current", cancellationToken);
        await Add(orgId, key, "next", cancellationToken);
    }

    /// <summary>Lets the next version sign when it has been published long enough, else as soon as that is so.</summary>
    /// <param name="keep">The outgoing version stays published for as many seconds, and for the longest of its tokens at least.</param>
    public async Task<Result<Rotated>> Rotate(Guid orgId, SigningKey key, int keep, CancellationToken cancellationToken)
    {
        var (organization, now) = (db.Of(orgId), Now);
        if (await organization.Find<long>(CountSql, new { KeyId = key.Id }, cancellationToken) >= MostPublished)
        {
            return KeyErrors.Crowded(key.Name);
        }

        var next = await organization.Find<NextRow>(NextSql, new { KeyId = key.Id }, cancellationToken);
        if (next?.Algorithm != key.Algorithm)
        {
            await organization.Execute(DropNextSql, new { KeyId = key.Id }, cancellationToken);
            await Add(orgId, key, "next", cancellationToken);
            next = new NextRow(key.Algorithm, now);
        }

        if (next.PublishedAt.AddSeconds(key.PublishAhead) is var ready && ready > now)
        {
            return new Rotated(ready, SignsWith: null);
        }

        await organization.Execute(RetireSql, new { KeyId = key.Id, Keep = keep, Exactly = false, Now = now }, cancellationToken);
        await organization.Execute(PromoteSql, new { KeyId = key.Id, Now = now }, cancellationToken);
        await Add(orgId, key, "next", cancellationToken);
        return new Rotated(now.AddSeconds(key.RotationPeriod), await Signing(orgId, key.Id, cancellationToken));
    }

    /// <summary>
    /// Two new versions, of which one signs at once, unknown to everybody. The next one may have leaked like the one that signed, so it
    /// goes.
    /// </summary>
    /// <param name="keep">For so many seconds what signed until now stays published; zero withdraws all of it at once.</param>
    /// <returns>The versions that are not published any more.</returns>
    public async Task<IReadOnlyList<Guid>> Replace(Guid orgId, SigningKey key, int keep, CancellationToken cancellationToken)
    {
        var organization = db.Of(orgId);
        var gone = await organization.List<Guid>(WithdrawSql, new { KeyId = key.Id, Keep = keep }, cancellationToken);
        await organization.Execute(RetireSql, new { KeyId = key.Id, Keep = keep, Exactly = true, Now }, cancellationToken);
        await Begin(orgId, key, cancellationToken);
        return gone;
    }

    /// <summary>Tokens of these versions may live as long as <paramref name="seconds"/> from now on.</summary>
    public Task Keep(Guid orgId, Guid keyId, int seconds, CancellationToken cancellationToken) =>
        db.Of(orgId).Execute(KeepSql, new { KeyId = keyId, Seconds = seconds }, cancellationToken);

    /// <summary>The version that signs.</summary>
    public Task<Guid> Signing(Guid orgId, Guid keyId, CancellationToken cancellationToken) =>
        db.Of(orgId).Find<Guid>(SignsSql, new { KeyId = keyId }, cancellationToken);

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private async Task Add(Guid orgId, SigningKey key, string state, CancellationToken cancellationToken)
    {
        var made = KeyMaterial.Generate(key.Algorithm);
        var sealedKey = sealing.Seal(SealedSigningKeys.Place(orgId, made.Id), made.Pkcs8);
        CryptographicOperations.ZeroMemory(made.Pkcs8);
        await db.Of(orgId).Execute(
            AddSql,
            new
            {
                made.Id,
                KeyId = key.Id,
                State = state,
                key.Algorithm,
                made.PublicJwk,
                PrivateKeyId = sealedKey.KeyId,
                PrivateSealed = sealedKey.Bytes,
                PublishedFor = key.VerificationTtl,
                Now,
            },
            cancellationToken);
    }

    private sealed record NextRow(string Algorithm, DateTime PublishedAt);
}

/// <param name="RotatesAt">When the key rotates next.</param>
/// <param name="SignsWith">The version that signs now; null while the next one has to wait.</param>
internal sealed record Rotated(DateTime RotatesAt, Guid? SignsWith);
