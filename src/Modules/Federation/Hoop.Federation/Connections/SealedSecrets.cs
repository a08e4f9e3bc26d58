using Hoop.Shared.Sealing;

namespace Hoop.Federation.Connections;

/// <summary>The sealed secrets of connections: their purpose, and how keys are rotated over them.</summary>
internal static class SealedSecrets
{
    public static readonly SealPurpose Purpose = new(1);

    public static readonly SealedColumn Column = new(Purpose, KeysInUseSql, ListSql, SetSql);

    [CrossOrg("Asks about keys, not about anybody's rows.")]
    private const string KeysInUseSql = "SELECT DISTINCT secrets_key_id FROM federation.connections WHERE secrets_key_id IS NOT NULL";

    [CrossOrg("Rotation passes over every organization's rows; each is written back under its own.")]
    private const string ListSql = """
        SELECT id, org_id, secrets_key_id AS key_id, secrets_sealed AS bytes
        FROM federation.connections
        WHERE secrets_key_id IS NOT NULL AND secrets_key_id <> @SealsWith AND id > @After
        ORDER BY id
        LIMIT @Batch
        FOR UPDATE SKIP LOCKED
        """;

    private const string SetSql = """
        UPDATE federation.connections
        SET secrets_key_id = @KeyId, secrets_sealed = @Bytes
        WHERE org_id = @OrgId AND id = @Id AND secrets_key_id = @WasKeyId
        """;
}
