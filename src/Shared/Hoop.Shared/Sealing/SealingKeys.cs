using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Hoop.Shared.Results;

namespace Hoop.Shared.Sealing;

/// <summary>
/// Seals what must not be readable in the database: AES-256-GCM (NIST SP 800-38D) with a fresh random nonce and, as associated data,
/// the place of the value and the id of its key. Every key opens; the newest key of the database seals (docs/adr/0026), and the first of
/// <c>HOOP_ENCRYPTION_KEY</c> while there is none. For use from many threads.
/// </summary>
public sealed class SealingKeys
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private volatile Ring _ring;

    internal SealingKeys(IReadOnlyList<SealingKey> roots) => _ring = new Ring([.. roots], [], Seals: null);

    internal bool IsEmpty => _ring.Roots.Length == 0;

    /// <summary>The id of the key that seals.</summary>
    public string SealsWith => First.Id;

    /// <summary>The id of the key that seals the keys of the database.</summary>
    internal string Root => FirstRoot.Id;

    /// <summary>Follows from the first key of <c>HOOP_ENCRYPTION_KEY</c>, whatever it is called.</summary>
    internal string Fingerprint => FirstRoot.Fingerprint;

    /// <summary>Is told when a value comes whose key is not here: another gateway may have made it.</summary>
    internal Action? Misses { get; set; }

    private SealingKey First => _ring.Seals ?? FirstRoot;

    private SealingKey FirstRoot => _ring.Roots is [var root, ..]
        ? root
        : throw new InvalidOperationException("The sealing keys were used before the gateway had started.");

    /// <summary>Adds a key of the gateway behind the others: it seals only when it is the first.</summary>
    internal void Add(SealingKey key) => _ring = _ring with { Roots = [.. _ring.Roots, key] };

    /// <summary>The keys of the database, in one step.</summary>
    internal void Replace(IReadOnlyList<SealingKey> stored, SealingKey? seals) =>
        _ring = _ring with { Stored = [.. stored], Seals = seals };

    public bool Holds(string keyId) => Find(keyId) is not null;

    public SealedValue Seal(SealPlace place, ReadOnlySpan<byte> plain) => Seal(First, place, plain);

    /// <summary>By the gateway's own first key, which seals the keys of the database.</summary>
    internal SealedValue SealByRoot(SealPlace place, ReadOnlySpan<byte> plain) => Seal(FirstRoot, place, plain);

    private static SealedValue Seal(SealingKey key, SealPlace place, ReadOnlySpan<byte> plain)
    {
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
            if (place.Purpose != StoredKeys.Purpose)
            {
                Misses?.Invoke();
            }

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

    private SealingKey? Find(string keyId)
    {
        var ring = _ring;
        return Array.Find(ring.Stored, key => key.Id == keyId)
            ?? Array.Find(ring.Roots, key => key.Id == keyId)
            ?? Array.Find(ring.Roots, key => key.Fingerprint == keyId);
    }

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

    /// <param name="Seals">One of <paramref name="Stored"/>; null: the first of <paramref name="Roots"/>.</param>
    private sealed record Ring(SealingKey[] Roots, SealingKey[] Stored, SealingKey? Seals);
}
