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
public sealed record SealedColumn(SealPurpose Purpose, string KeysInUseSql, string ListSql, string SetSql);
