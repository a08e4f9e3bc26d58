using Hoop.Shared.Sealing;

namespace Hoop.Federation.ConnectionPolicies;

/// <summary>The sealed admin credentials of policies: their purpose, and how keys are rotated over them.</summary>
internal static class SealedCredentials
{
    public static readonly SealPurpose Purpose = new(2);

    public static readonly SealedColumn Column = new(Purpose, KeysInUseSql, ListSql, SetSql);

    [CrossOrg("Asks about keys, not about anybody's rows.")]
    private const string KeysInUseSql = "SELECT DISTINCT credentials_key_id FROM federation.policies WHERE credentials_key_id IS NOT NULL";

    [CrossOrg("Rotation passes over every organization's rows; each is written back under its own.")]
    private const string ListSql = """
        SELECT connection_id AS id, org_id, credentials_key_id AS key_id, credentials_sealed AS bytes
        FROM federation.policies
        WHERE credentials_key_id IS NOT NULL AND credentials_key_id <> @SealsWith AND connection_id > @After
        ORDER BY connection_id
        LIMIT @Batch
        FOR UPDATE SKIP LOCKED
        """;

    private const string SetSql = """
        UPDATE federation.policies
        SET credentials_key_id = @KeyId, credentials_sealed = @Bytes
        WHERE org_id = @OrgId AND connection_id = @Id AND credentials_key_id = @WasKeyId
        """;
}
