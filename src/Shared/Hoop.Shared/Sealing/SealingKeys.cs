using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Hoop.Shared.Results;

namespace Hoop.Shared.Sealing;

/// <summary>
/// Seals what must not be readable in the database: AES-256-GCM (NIST SP 800-38D) with a fresh random nonce and, as associated data,
/// the place of the value and the id of its key. The first key seals, every key opens. For use from many threads.
/// </summary>
public sealed class SealingKeys
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private SealingKey[] _keys;

    internal SealingKeys(IReadOnlyList<SealingKey> keys) => _keys = [.. keys];

    internal bool IsEmpty => _keys.Length == 0;

    /// <summary>The id of the key that seals.</summary>
    public string SealsWith => First.Id;

    /// <summary>Follows from the key that seals, whatever it is called.</summary>
    internal string Fingerprint => First.Fingerprint;

    private SealingKey First =>
        _keys.Length > 0 ? _keys[0] : throw new InvalidOperationException("The sealing keys were used before the gateway had started.");

    /// <summary>Adds a key behind the others: it seals only when it is the first.</summary>
    internal void Add(SealingKey key) => _keys = [.. _keys, key];

    public bool Holds(string keyId) => Find(keyId) is not null;

    public SealedValue Seal(SealPlace place, ReadOnlySpan<byte> plain)
    {
        var key = First;
        var bytes = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = bytes.AsSpan(0, NonceBytes);
        var cipher = bytes.AsSpan(NonceBytes, plain.Length);
        var tag = bytes.AsSpan(NonceBytes + plain.Length);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key.Key, TagBytes);
        aes.Encrypt(nonce, plain, cipher, tag, AssociatedData(place, key.Id));
        return new SealedValue(key.Id, bytes);
    }

    /// <summary>
    /// The clear text; the caller zeroes it. Fails when the key is missing, and when one bit or the place is not the sealed one.
    /// </summary>
    public Result<byte[]> Open(SealPlace place, SealedValue value)
    {
        if (Find(value.KeyId) is not { } key)
        {
            return Error.Unavailable(
                $"the stored credentials were sealed with the key {value.KeyId}, which this gateway does not have; add it to HOOP_ENCRYPTION_KEY",
                "sealing_key_missing");
        }

        if (value.Bytes.Length < NonceBytes + TagBytes)
        {
            return Tampered;
        }

        var plain = new byte[value.Bytes.Length - NonceBytes - TagBytes];
        try
        {
            using var aes = new AesGcm(key.Key, TagBytes);
            var cipher = value.Bytes.AsSpan(NonceBytes, plain.Length);
            var tag = value.Bytes.AsSpan(NonceBytes + plain.Length);
            aes.Decrypt(value.Bytes.AsSpan(0, NonceBytes), cipher, tag, plain, AssociatedData(place, value.KeyId));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return Tampered;
        }
    }

    /// <summary>The value under the key that seals now; null when it does not open.</summary>
    public SealedValue? Reseal(SealPlace place, SealedValue value)
    {
        if (!Open(place, value).Succeeded(out var plain, out _))
        {
            return null;
        }

        try
        {
            return Seal(place, plain);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static Error Tampered => Error.Unavailable(
        "the stored credentials do not belong to this record or were changed; set them again", "sealed_value_rejected");

    private SealingKey? Find(string keyId) =>
        Array.Find(_keys, key => key.Id == keyId) ?? Array.Find(_keys, key => key.Fingerprint == keyId);

    // Fixed-width fields first, so that no two places share one encoding.
    private static byte[] AssociatedData(SealPlace place, string keyId)
    {
        var data = new byte[4 + 16 + 16 + Encoding.UTF8.GetByteCount(keyId)];
        BinaryPrimitives.WriteInt32BigEndian(data, place.Purpose.Number);
        place.OrgId.TryWriteBytes(data.AsSpan(4), bigEndian: true, out _);
        place.Id.TryWriteBytes(data.AsSpan(20), bigEndian: true, out _);
        Encoding.UTF8.GetBytes(keyId, data.AsSpan(36));
        return data;
    }
}
