namespace Hoop.Shared.Sealing;

/// <summary>What a sealed value is for. Part of the seal: a value opened for another purpose is refused.</summary>
/// <param name="Number">
/// Unique in the product and never changed: stored values were sealed with it. 1, 2 and 4 are Federation's, 3 is Identity's, 5 is
/// that of service accounts, 1000 is that of the keys.
/// </param>
public readonly record struct SealPurpose(int Number);

/// <summary>The place that a sealed value belongs to. Part of the seal: in another row it does not open.</summary>
/// <param name="Id">The row that holds the value.</param>
public sealed record SealPlace(SealPurpose Purpose, Guid OrgId, Guid Id);

/// <param name="KeyId">Which key opens it.</param>
/// <param name="Bytes">Nonce (12), ciphertext, tag (16).</param>
public sealed record SealedValue(string KeyId, byte[] Bytes);

/// <summary>
/// A column of sealed values. The module that owns the table registers it with
/// <see cref="SealingServices.AddSealedColumn"/>; with that, rotating keys and guarding against a lost key work for it.
/// </summary>
/// <param name="Purpose">What the values are for.</param>
/// <param name="KeysInUseSql">One text column: the key ids of what is stored, each once, no nulls.</param>
/// <param name="ListSql">
/// The next <c>@Batch</c> rows after the id <c>@After</c> whose key is not <c>@SealsWith</c>, as <c>id, org_id, key_id, bytes</c>, in
/// order of id, <c>FOR UPDATE SKIP LOCKED</c>.
/// </param>
/// <param name="SetSql">
/// Sets <c>@KeyId</c> and <c>@Bytes</c> of the row <c>@Id</c> of <c>@OrgId</c>, if its key is still <c>@WasKeyId</c>.
/// </param>
public sealed record SealedColumn(SealPurpose Purpose, string KeysInUseSql, string ListSql, string SetSql)
{
    /// <summary>
    /// Of a table that keeps a sealed value in two columns, both null without one, and <c>org_id</c>. The names are constants of the module
    /// that owns the table. Nothing but the two columns is written: the value is the same, and whoever rests on the row need not read it
    /// again; a value that was replaced or cleared meanwhile stays as it is.
    /// </summary>
    /// <param name="purpose">What the values are for.</param>
    /// <param name="table">With its schema.</param>
    /// <param name="keyId">The column with the key's id.</param>
    /// <param name="bytes">The column with the bytes.</param>
    /// <param name="id">What names the row in its seal.</param>
    /// <exception cref="ArgumentException">A name is not one of lower case letters, digits and underscores.</exception>
    public static SealedColumn Of(SealPurpose purpose, string table, string keyId, string bytes, string id = "id")
    {
        string[] parts = [.. (table ?? "").Split('.'), keyId, bytes, id];
        if (parts.Length != 5 || Array.Exists(parts, part => part is not { Length: > 0 } || !part.All(IsPlain)))
        {
            throw new ArgumentException(
                "Tables are schema.name, and every name is of lower case letters, digits and underscores.", nameof(table));
        }

        return new SealedColumn(
            purpose,
            $"SELECT DISTINCT {keyId} FROM {table} WHERE {keyId} IS NOT NULL",
            $"""
            SELECT {id} AS id, org_id, {keyId} AS key_id, {bytes} AS bytes
            FROM {table}
            WHERE {keyId} IS NOT NULL AND {keyId} <> @SealsWith AND {id} > @After
            ORDER BY {id}
            LIMIT @Batch
            FOR UPDATE SKIP LOCKED
            """,
            $"""
            UPDATE {table}
            SET {keyId} = @KeyId, {bytes} = @Bytes
            WHERE org_id = @OrgId AND {id} = @Id AND {keyId} = @WasKeyId
            """);

        static bool IsPlain(char one) => char.IsAsciiLetterLower(one) || char.IsAsciiDigit(one) || one == '_';
    }
}
