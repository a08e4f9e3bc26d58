using System.Buffers;
using System.Text.Json;
using Hoop.Identity.Organizations;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Identity.TokenKeys;

/// <summary>What an organization publishes of its keys, ready to be sent.</summary>
/// <param name="Issuer">Of its tokens.</param>
/// <param name="KeySet">RFC 7517 section 5.</param>
/// <param name="Bundle">
/// SPIFFE Trust Domain and Bundle section 4: the same keys under another <c>use</c>, without those of EdDSA, which JWT-SVIDs are not
/// signed with.
/// </param>
/// <param name="RotatesAt">When the first of them rotates; null without any.</param>
internal sealed record PublishedKeySet(string Issuer, byte[] KeySet, byte[] Bundle, DateTime? RotatesAt);

/// <summary>The public keys of organizations. Strangers ask for them, so they are remembered until one changes.</summary>
internal sealed class PublishedKeys(CoherentMemory memory, MemoryMetrics metrics, IServiceScopeFactory scopes)
{
    private const string JwtSvid = "jwt-svid";

    private const int Capacity = 4_096;

    private const int RefreshHint = 300;

    private const string OrganizationSql = """
        SELECT coalesce(config.issuer, '') AS issuer, coalesce(config.sequence, 0) AS sequence
        FROM identity.organizations AS organization
        LEFT JOIN identity.oidc_config AS config ON config.org_id = organization.id
        WHERE organization.id = @OrgId
        """;

    // Those of no role sign nothing; "default" signs for the gateway itself. A retired one is here until the rotation removes it.
    private const string ListSql = """
        SELECT version.public_jwk::text AS public_jwk, held.rotates_at
        FROM identity.oidc_keys AS held
        JOIN identity.oidc_key_versions AS version ON version.org_id = held.org_id AND version.key_id = held.id
        WHERE held.org_id = @OrgId AND (held.name = 'default' OR EXISTS (
          SELECT FROM identity.oidc_roles AS role WHERE role.org_id = held.org_id AND role.key_name = held.name))
        ORDER BY version.published_at, version.id
        """;

    private readonly Remembered<Guid, PublishedKeySet> _sets = new(memory, metrics, scopes, "published_keys", Capacity);

    /// <summary>Null when there is no such organization.</summary>
    public async ValueTask<PublishedKeySet?> Of(Guid orgId, IServiceProvider services, CancellationToken cancellationToken) =>
        _sets.Find(orgId) ?? (await _sets.Get(orgId, services, (scope, cancel) => Read(orgId, scope, cancel), cancellationToken)).Value;

    private static async Task<Found<PublishedKeySet>> Read(Guid orgId, IServiceProvider services, CancellationToken cancellationToken)
    {
        var (on, db) = (services.GetRequiredService<Dependencies>(), services.GetRequiredService<Db>().Of(orgId));
        on.On(SigningKey.Topic, ChangeKey.Of(orgId));
        on.On(Organization.Topic, orgId.ToString());
        if (await db.Find<OrganizationRow>(OrganizationSql, args: null, cancellationToken) is not { } organization)
        {
            return default;
        }

        var keys = await db.List<KeyRow>(ListSql, args: null, cancellationToken);
        return new Found<PublishedKeySet>(new PublishedKeySet(
            services.GetRequiredService<Issuers>().Of(orgId, organization.Issuer),
            Document(keys, "sig", sequence: null),
            Document(keys, JwtSvid, organization.Sequence),
            keys.Count == 0 ? null : keys.Min(key => key.RotatesAt)));
    }

    private static byte[] Document(IReadOnlyList<KeyRow> keys, string use, long? sequence)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (var key in keys)
            {
                using var jwk = JsonDocument.Parse(key.PublicJwk);
                if (use == JwtSvid && jwk.RootElement.GetProperty("alg").ValueEquals(KeyMaterial.Edwards))
                {
                    continue;
                }

                json.WriteStartObject();
                json.WriteString("use", use);
                foreach (var member in jwk.RootElement.EnumerateObject())
                {
                    member.WriteTo(json);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            if (sequence is { } number)
            {
                json.WriteNumber("spiffe_sequence", number);
                json.WriteNumber("spiffe_refresh_hint", RefreshHint);
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private sealed record OrganizationRow(string Issuer, long Sequence);

    private sealed record KeyRow(string PublicJwk, DateTime RotatesAt);
}
