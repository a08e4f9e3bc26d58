using System.Security.Cryptography;
using Curve = Org.BouncyCastle.Math.EC.Rfc8032.Ed25519;

namespace Hoop.Shared.Jose;

/// <summary>
/// A key of Ed25519 (RFC 8032). The platform has none; all that is taken of the library that has stands in this file. Safe for any number
/// of threads.
/// </summary>
public sealed class Ed25519Key : AsymmetricAlgorithm
{
    /// <summary>Of a seed and of a point.</summary>
    public const int KeyBytes = 32;

    public const int SignatureBytes = 64;

    // RFC 8410 sections 4 and 7: what stands before the point and before the seed.
    private static readonly byte[] PublicHead = Convert.FromHexString("302a300506032b6570032100");
    private static readonly byte[] Pkcs8Head = Convert.FromHexString("302e020100300506032b657004220420");

    private readonly byte[]? _seed;
    private readonly byte[] _point;

    private Ed25519Key(byte[]? seed, byte[] point) => (_seed, _point) = (seed, point);

    /// <summary>The encoded point.</summary>
    public ReadOnlySpan<byte> Point => _point;

    public static Ed25519Key Generate() => OfSeed(RandomNumberGenerator.GetBytes(KeyBytes));

    /// <summary>With the private half.</summary>
    /// <param name="pkcs8">Version 1 of RFC 5958, as <see cref="AsymmetricAlgorithm.ExportPkcs8PrivateKey()"/> writes it.</param>
    /// <exception cref="CryptographicException">It is no such key.</exception>
    public static Ed25519Key OfPkcs8(ReadOnlySpan<byte> pkcs8) =>
        pkcs8.Length == Pkcs8Head.Length + KeyBytes && pkcs8.StartsWith(Pkcs8Head)
            ? OfSeed(pkcs8[Pkcs8Head.Length..].ToArray())
            : throw new CryptographicException("not a private key of Ed25519");

    /// <summary>With the public half alone.</summary>
    /// <exception cref="CryptographicException">
    /// It is no point, is not encoded as the one text of its point, or is of small order, where one signature can be good for many
    /// messages.
    /// </exception>
    public static Ed25519Key OfPoint(ReadOnlySpan<byte> point)
    {
        var copy = point.ToArray();
        return copy.Length == KeyBytes && Curve.ValidatePublicKeyFull(copy, 0)
            ? new Ed25519Key(seed: null, copy)
            : throw new CryptographicException("not a public key of Ed25519");
    }

    /// <exception cref="CryptographicException">There is no private half.</exception>
    public byte[] Sign(byte[] message)
    {
        ArgumentNullException.ThrowIfNull(message);
        var signature = new byte[SignatureBytes];
        Curve.Sign(_seed ?? throw NoSeed(), 0, _point, 0, message, 0, message.Length, signature, 0);
        return signature;
    }

    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureBytes
            && Curve.Verify(signature.ToArray(), 0, _point, 0, message.ToArray(), 0, message.Length);

    public override bool TryExportPkcs8PrivateKey(Span<byte> destination, out int bytesWritten) =>
        TryJoin(Pkcs8Head, _seed ?? throw NoSeed(), destination, out bytesWritten);

    public override bool TryExportSubjectPublicKeyInfo(Span<byte> destination, out int bytesWritten) =>
        TryJoin(PublicHead, _point, destination, out bytesWritten);

    protected override void Dispose(bool disposing)
    {
        CryptographicOperations.ZeroMemory(_seed);
        base.Dispose(disposing);
    }

    private static Ed25519Key OfSeed(byte[] seed)
    {
        var point = new byte[KeyBytes];
        Curve.GeneratePublicKey(seed, 0, point, 0);
        return new Ed25519Key(seed, point);
    }

    private static CryptographicException NoSeed() => new("the key has no private half");

    private static bool TryJoin(byte[] head, byte[] rest, Span<byte> destination, out int bytesWritten)
    {
        bytesWritten = 0;
        if (!head.AsSpan().TryCopyTo(destination) || !rest.AsSpan().TryCopyTo(destination[head.Length..]))
        {
            return false;
        }

        bytesWritten = head.Length + rest.Length;
        return true;
    }
}
