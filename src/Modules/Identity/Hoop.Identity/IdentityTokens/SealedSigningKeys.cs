using Hoop.Shared.Sealing;

namespace Hoop.Identity.IdentityTokens;

/// <summary>The sealed private halves of signing keys: their purpose, and how encryption keys are rotated over them.</summary>
internal static class SealedSigningKeys
{
    public static readonly SealPurpose Purpose = new(3);

    public static readonly SealedColumn Column = new(Purpose, KeysInUseSql, ListSql, SetSql);

    [CrossOrg("Asks about keys, not about anybody's rows.")]
    private const string KeysInUseSql =
        "SELECT DISTINCT private_key_id FROM identity.oidc_key_versions WHERE private_key_id IS NOT NULL";

    [CrossOrg("Rotation passes over every organization's rows; each is written back under its own.")]
    private const string ListSql = """
        SELECT id, org_id, private_key_id AS key_id, private_sealed AS bytes
        FROM identity.oidc_key_versions
        WHERE private_key_id IS NOT NULL AND private_key_id <> @SealsWith AND id > @After
        ORDER BY id
        LIMIT @Batch
        FOR UPDATE SKIP LOCKED
        """;

    // A version that has retired meanwhile has nothing to seal.
    private const string SetSql = """
        UPDATE identity.oidc_key_versions
        SET private_key_id = @KeyId, private_sealed = @Bytes
        WHERE org_id = @OrgId AND id = @Id AND private_key_id IS NOT NULL
        """;

    public static SealPlace Place(Guid orgId, Guid versionId) => new(Purpose, orgId, versionId);
}
