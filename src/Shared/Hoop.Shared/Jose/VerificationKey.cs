using System.Security.Cryptography;

namespace Hoop.Shared.Jose;

/// <summary>
/// A public key that verifies signatures. Immutable and safe for any number of threads. Bound to its algorithm: an elliptic curve has
/// exactly one, and an RSA key that states <c>alg</c> verifies nothing else, so a token cannot choose how it is checked (RFC 8725
/// section 3.1).
/// </summary>
public sealed class VerificationKey
{
    private readonly Func<AsymmetricAlgorithm> _import;
    private readonly int _signatureLength;

    // RSA and ECDsa do not promise to be safe for several threads, although on OpenSSL verifying happens to be. So each object serves one
    // thread at a time, and as many are kept as can be busy at once. They are not disposed with the key, because another thread may be
    // in the middle of a verification when a key set is replaced: their handles end with the garbage collector.
    private readonly AsymmetricAlgorithm?[] _idle = new AsymmetricAlgorithm?[Math.Clamp(Environment.ProcessorCount, 1, 64)];

    private VerificationKey(
        string? keyId, string? use, JwsKeyKind kind, JwsAlgorithm? algorithm, int signatureLength, Func<AsymmetricAlgorithm> import)
    {
        KeyId = keyId;
        Use = use;
        Kind = kind;
        Algorithm = algorithm;
        _import = import;
        _signatureLength = signatureLength;
        var native = import();
        Thumbprint = Convert.ToHexStringLower(SHA256.HashData(native.ExportSubjectPublicKeyInfo()));
        Return(native);
    }

    /// <summary><c>kid</c>, or null: then no token can name it.</summary>
    public string? KeyId { get; }

    /// <summary><c>use</c> as it is written in the key set, or null.</summary>
    public string? Use { get; }

    public JwsKeyKind Kind { get; }

    /// <summary><c>alg</c> as it is written in the key set, or null.</summary>
    public JwsAlgorithm? Algorithm { get; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo, in hexadecimal.</summary>
    public string Thumbprint { get; }

    /// <exception cref="CryptographicException">The library does not take these numbers for a key.</exception>
    internal static VerificationKey OfRsa(string? keyId, string? use, JwsAlgorithm? algorithm, RSAParameters parameters) =>
        new(keyId, use, JwsKeyKind.Rsa, algorithm, parameters.Modulus!.Length, () => RSA.Create(parameters));

    /// <exception cref="CryptographicException">The point does not lie on the curve.</exception>
    internal static VerificationKey OfCurve(
        string? keyId, string? use, JwsKeyKind kind, JwsAlgorithm? algorithm, ECParameters parameters) =>
        new(keyId, use, kind, algorithm, 2 * parameters.Q.X!.Length, () => ECDsa.Create(parameters));

    /// <exception cref="CryptographicException">The point is not one of the curve's large group.</exception>
    internal static VerificationKey OfEdwards(string? keyId, string? use, JwsAlgorithm? algorithm, byte[] point) =>
        new(keyId, use, JwsKeyKind.Ed25519, algorithm, Ed25519Key.SignatureBytes, () => Ed25519Key.OfPoint(point));

    public bool Allows(JwsAlgorithm algorithm) => algorithm.KeyKind() == Kind && (Algorithm is null || Algorithm == algorithm);

    /// <summary>False for an algorithm that the key is not bound to, too. Never throws for a bad signature.</summary>
    public bool Verify(JwsAlgorithm algorithm, ReadOnlySpan<byte> signingInput, ReadOnlySpan<byte> signature)
    {
        // RFC 8017 section 8.2.2 step 1, RFC 7518 section 3.4 and RFC 8032 section 5.1.7: the length is fixed.
        if (!Allows(algorithm) || signature.Length != _signatureLength)
        {
            return false;
        }

        // CVE-2022-21449: with r = s = 0 a careless verifier accepts everything. The library is not careless; this does not depend on it.
        var half = signature.Length / 2;
        if (Kind != JwsKeyKind.Rsa && !(signature[..half].ContainsAnyExcept((byte)0) && signature[half..].ContainsAnyExcept((byte)0)))
        {
            return false;
        }

        var native = Rent();
        try
        {
            return native switch
            {
                RSA rsa => rsa.VerifyData(signingInput, signature, algorithm.Hash(), algorithm.Padding()),
                ECDsa curve => curve.VerifyData(
                    signingInput, signature, algorithm.Hash(), DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
                _ => ((Ed25519Key)native).Verify(signingInput, signature),
            };
        }
        finally
        {
            Return(native);
        }
    }

    private AsymmetricAlgorithm Rent()
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.Exchange(ref _idle[i], null) is { } native)
            {
                return native;
            }
        }

        return _import();
    }

    private void Return(AsymmetricAlgorithm native)
    {
        for (var i = 0; i < _idle.Length; i++)
        {
            if (Interlocked.CompareExchange(ref _idle[i], native, null) is null)
            {
                return;
            }
        }

        native.Dispose();
    }
}
