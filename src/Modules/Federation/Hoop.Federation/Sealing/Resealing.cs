namespace Hoop.Federation.Sealing;

/// <summary>Key rotation: moves every value of an older key under the first one, in small transactions, beside running gateways.</summary>
internal sealed class Resealing(Db db, KeyRing ring)
{
    private const int Batch = 100;

    [CrossOrg("Rotation passes over every organization's rows; each is written back under its own.")]
    private const string ListConnectionsSql = """
        SELECT id AS connection_id, org_id, secrets_key_id AS key_id, secrets_sealed AS bytes
        FROM federation.connections
        WHERE secrets_key_id IS NOT NULL AND secrets_key_id <> @SealsWith AND id > @After
        ORDER BY id
        LIMIT @Batch
        FOR UPDATE SKIP LOCKED
        """;

    [CrossOrg("Rotation passes over every organization's rows; each is written back under its own.")]
    private const string ListPoliciesSql = """
        SELECT connection_id, org_id, credentials_key_id AS key_id, credentials_sealed AS bytes
        FROM federation.policies
        WHERE credentials_key_id IS NOT NULL AND credentials_key_id <> @SealsWith AND connection_id > @After
        ORDER BY connection_id
        LIMIT @Batch
        FOR UPDATE SKIP LOCKED
        """;

    private const string SetConnectionSql = """
        UPDATE federation.connections
        SET secrets_key_id = @KeyId, secrets_sealed = @Bytes
        WHERE org_id = @OrgId AND id = @ConnectionId
        """;

    private const string SetPolicySql = """
        UPDATE federation.policies
        SET credentials_key_id = @KeyId, credentials_sealed = @Bytes
        WHERE org_id = @OrgId AND connection_id = @ConnectionId
        """;

    /// <summary>How many values were moved. Values that do not open are left as they are.</summary>
    public async Task<int> Run(CancellationToken cancellationToken) =>
        await Move(SealPurpose.ConnectionSecrets, ListConnectionsSql, SetConnectionSql, cancellationToken)
        + await Move(SealPurpose.AdminCredentials, ListPoliciesSql, SetPolicySql, cancellationToken);

    private async Task<int> Move(SealPurpose purpose, string listSql, string setSql, CancellationToken cancellationToken)
    {
        var moved = 0;
        for (var after = Guid.Empty; ;)
        {
            await using var transaction = await db.Begin(cancellationToken);
            var rows = await db.AcrossOrgs.List<Row>(listSql, new { ring.SealsWith, After = after, Batch }, cancellationToken);
            if (rows.Count == 0)
            {
                return moved;
            }

            foreach (var row in rows)
            {
                if (ring.Reseal(new SealPlace(purpose, row.OrgId, row.ConnectionId), new SealedValue(row.KeyId, row.Bytes)) is { } sealedAgain)
                {
                    moved += await db.Of(row.OrgId).Execute(setSql, new { row.ConnectionId, sealedAgain.KeyId, sealedAgain.Bytes }, cancellationToken);
                }
            }

            await transaction.Commit(cancellationToken);
            after = rows[^1].ConnectionId;
        }
    }

    private sealed record Row(Guid ConnectionId, Guid OrgId, string KeyId, byte[] Bytes);
}
