using System.Security.Cryptography;
using Hoop.Shared.Data;

namespace Hoop.Shared.Sealing;

/// <summary>
/// The keys of the database (envelope encryption): they seal the rows, and a key of the gateway seals them. Rotating them needs no restart,
/// and rotating the gateway's own key moves them alone.
/// </summary>
internal static class StoredKeys
{
    /// <summary>Announced when a key was added, or begins to seal.</summary>
    public const string Topic = "sealing_keys";

    private const int Bytes = 32;

    public static readonly SealPurpose Purpose = new(1000);

    [CrossOrg("Keys belong to no organization.")]
    private const string ListSql = """
        SELECT id, name, root_key, bytes, seals, completed_at
        FROM hoop.sealing_keys
        ORDER BY created_at DESC, id DESC
        """;

    [CrossOrg("Keys belong to no organization.")]
    private const string AddSql = """
        INSERT INTO hoop.sealing_keys (id, name, root_key, bytes)
        VALUES (@Id, @Name, @KeyId, @Bytes)
        """;

    [CrossOrg("Keys belong to no organization.")]
    private const string SealSql = """
        UPDATE hoop.sealing_keys
        SET seals = true
        WHERE id = @Id AND NOT seals
        """;

    [CrossOrg("Keys belong to no organization.")]
    private const string CompleteSql = """
        UPDATE hoop.sealing_keys
        SET completed_at = now()
        WHERE id = @Id AND completed_at IS NULL
        """;

    [CrossOrg("Keys belong to no organization.")]
    private const string MoveSql = """
        UPDATE hoop.sealing_keys
        SET root_key = @KeyId, bytes = @Bytes
        WHERE id = @Id AND root_key = @WasKeyId
        """;

    // Two rotations at once must find each other's key.
    [CrossOrg("Locks the table of the keys.")]
    private const string LockSql = "LOCK TABLE hoop.sealing_keys IN SHARE ROW EXCLUSIVE MODE";

    /// <summary>Newest first.</summary>
    public static Task<IReadOnlyList<Row>> List(Db db, CancellationToken cancellationToken) =>
        db.AcrossOrgs.List<Row>(ListSql, args: null, cancellationToken);

    /// <summary>Reads them into the ring; whatever a key of this gateway does not open is left out.</summary>
    /// <returns>All of them, newest first.</returns>
    public static async Task<IReadOnlyList<Row>> Load(Db db, SealingKeys keys, CancellationToken cancellationToken)
    {
        var rows = await List(db, cancellationToken);
        var (stored, seals) = (new List<SealingKey>(), (SealingKey?)null);
        foreach (var row in rows)
        {
            if (keys.Open(row.Place, row.Value).Succeeded(out var plain, out _))
            {
                var key = SealingKey.Stored(row.Name, plain);
                stored.Add(key);
                seals ??= row.Seals ? key : null;
            }
        }

        keys.Replace(stored, seals);
        return rows;
    }

    /// <summary>The key that a rotation leads to: one of an unfinished rotation, or a new one.</summary>
    public static async Task<Row> Begin(Db db, SealingKeys keys, CancellationToken cancellationToken)
    {
        await using var transaction = await db.Begin(cancellationToken);
        await db.AcrossOrgs.Execute(LockSql, args: null, cancellationToken);
        if (await List(db, cancellationToken) is [{ CompletedAt: null } unfinished, ..]
            && keys.Open(unfinished.Place, unfinished.Value).Error is null)
        {
            return unfinished;
        }

        var (id, plain) = (RowId.Next(), RandomNumberGenerator.GetBytes(Bytes));
        var name = $"d{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}";
        var sealedKey = keys.SealByRoot(PlaceOf(id), plain);
        CryptographicOperations.ZeroMemory(plain);
        await db.AcrossOrgs.Execute(AddSql, new { Id = id, Name = name, sealedKey.KeyId, sealedKey.Bytes }, cancellationToken);
        await transaction.Commit(cancellationToken);
        return new Row(id, name, sealedKey.KeyId, sealedKey.Bytes, Seals: false, CompletedAt: null);
    }

    public static Task StartSealing(Db db, Row key, CancellationToken cancellationToken) =>
        db.AcrossOrgs.Execute(SealSql, new { key.Id }, cancellationToken);

    public static Task Complete(Db db, Row key, CancellationToken cancellationToken) =>
        db.AcrossOrgs.Execute(CompleteSql, new { key.Id }, cancellationToken);

    /// <summary>Puts those that an older key of the gateway sealed under its first one.</summary>
    /// <returns>How many.</returns>
    public static async Task<int> Move(Db db, SealingKeys keys, CancellationToken cancellationToken)
    {
        var moved = 0;
        foreach (var row in (await List(db, cancellationToken)).Where(row => row.RootKey != keys.Root))
        {
            if (!keys.Open(row.Place, row.Value).Succeeded(out var plain, out _))
            {
                continue;
            }

            var again = keys.SealByRoot(row.Place, plain);
            CryptographicOperations.ZeroMemory(plain);
            moved += await db.AcrossOrgs.Execute(
                MoveSql, new { row.Id, again.KeyId, again.Bytes, WasKeyId = row.RootKey }, cancellationToken);
        }

        return moved;
    }

    private static SealPlace PlaceOf(Guid id) => new(Purpose, Guid.Empty, id);

    /// <param name="RootKey">The gateway's key that seals this one.</param>
    /// <param name="CompletedAt">When the rotation to it had left nothing under another one.</param>
    internal sealed record Row(Guid Id, string Name, string RootKey, byte[] Bytes, bool Seals, DateTime? CompletedAt)
    {
        public SealPlace Place => PlaceOf(Id);

        public SealedValue Value => new(RootKey, Bytes);
    }
}
