using Hoop.Identity.Organizations;
using Hoop.Shared.Sealing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Hoop.Identity.TokenKeys;

/// <summary>The keys that sign now, opened, until one of the organization's is rotated or changed.</summary>
internal sealed class Signers(
    CoherentMemory memory, MemoryMetrics metrics, IServiceScopeFactory scopes, ILogger<Signers> logger)
{
    private const int Capacity = 4_096;

    private const string FindSql = """
        SELECT version.id AS version_id, version.algorithm, version.private_key_id, version.private_sealed,
               held.id, held.name, held.rotation_period, held.verification_ttl, held.publish_ahead, held.allowed_client_ids,
               held.rotates_at, coalesce(config.issuer, '') AS issuer
        FROM identity.oidc_keys AS held
        JOIN identity.oidc_key_versions AS version
          ON version.org_id = held.org_id AND version.key_id = held.id AND version.state = 'current'
        LEFT JOIN identity.oidc_config AS config ON config.org_id = held.org_id
        WHERE held.org_id = @OrgId AND held.name = @Name
        """;

    private readonly Remembered<SignerName, Signer> _signers = new(memory, metrics, scopes, "signing_keys", Capacity);

    /// <summary>Nothing when there is no such key; the refusal is an <see cref="Error"/> when it cannot be opened.</summary>
    /// <remarks>
    /// Whoever is in a transaction holds a connection, and must not wait for another one: a pool full of such waits for itself. It reads on
    /// its own, and others remember.
    /// </remarks>
    public async ValueTask<Found<Signer>> Of(
        Guid orgId, string name, IServiceProvider services, CancellationToken cancellationToken)
    {
        var key = new SignerName(orgId, name);
        if (!services.GetRequiredService<Db>().InTransaction)
        {
            return await Remember(key, services, cancellationToken);
        }

        if (_signers.Find(key) is { } known)
        {
            return new Found<Signer>(known);
        }

        _ = Task.Run(() => Warm(key), CancellationToken.None);
        return await Read(orgId, name, services, cancellationToken);
    }

    private ValueTask<Found<Signer>> Remember(SignerName key, IServiceProvider services, CancellationToken cancellationToken) =>
        _signers.Get(key, services, (scope, cancel) => Read(key.OrgId, key.Name, scope, cancel), cancellationToken);

    private async Task Warm(SignerName key)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            await Remember(key, scope.ServiceProvider, CancellationToken.None);
        }
        catch (Exception exception)
        {
            logger.LogDebug(exception, "A signing key could not be read ahead");
        }
    }

    private static async Task<Found<Signer>> Read(
        Guid orgId, string name, IServiceProvider services, CancellationToken cancellationToken)
    {
        var on = services.GetRequiredService<Dependencies>();
        on.On(SigningKey.Topic, ChangeKey.Of(orgId));
        on.On(Organization.Topic, orgId.ToString());
        if (await services.GetRequiredService<Db>().Of(orgId).Find<Row>(FindSql, new { Name = name }, cancellationToken) is not { } row)
        {
            return default;
        }

        // What signs is the version: the named key may have another algorithm already, which the next one will have.
        var key = new SigningKey(
            row.Id,
            row.Name,
            row.Algorithm,
            row.RotationPeriod,
            row.VerificationTtl,
            row.PublishAhead,
            row.AllowedClientIds,
            row.RotatesAt);
        var opened = services.GetRequiredService<SealingKeys>().Open(
            SealedSigningKeys.Place(orgId, row.VersionId), new SealedValue(row.PrivateKeyId, row.PrivateSealed));
        return opened.Succeeded(out var pkcs8, out var error)
            ? new Found<Signer>(new Signer(row.VersionId, key, services.GetRequiredService<Issuers>().Of(orgId, row.Issuer), pkcs8))
            : new Found<Signer>(Value: null, error);
    }

    private readonly record struct SignerName(Guid OrgId, string Name);

    private sealed record Row(
        Guid VersionId,
        string Algorithm,
        string PrivateKeyId,
        byte[] PrivateSealed,
        Guid Id,
        string Name,
        int RotationPeriod,
        int VerificationTtl,
        int PublishAhead,
        string[] AllowedClientIds,
        DateTime RotatesAt,
        string Issuer);
}
