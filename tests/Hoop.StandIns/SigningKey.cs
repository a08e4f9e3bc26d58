using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Hoop.StandIns;

/// <summary>
/// A key pair made at run time, with its <c>kid</c>; signs compact JWS (RFC 7515) with the algorithms of RFC 7518 section 3.1.
/// </summary>
public sealed class SigningKey : IDisposable
{
    private readonly AsymmetricAlgorithm _pair;

    private SigningKey(string algorithm, string keyId, AsymmetricAlgorithm pair) => (Algorithm, KeyId, _pair) = (algorithm, keyId, pair);

    /// <summary>RS, PS or ES with 256, 384 or 512.</summary>
    public string Algorithm { get; }

    /// <summary>The <c>kid</c> of the JWK and of the header of tokens.</summary>
    public string KeyId { get; }

    /// <param name="algorithm">RS256 … PS512 make RSA keys of 2048 bits; ES256, ES384, ES512 the curve of that name.</param>
    /// <param name="keyId">Random when absent. A test of two sources with the same <c>kid</c> gives its own.</param>
    public static SigningKey Create(string algorithm, string? keyId = null)
    {
        ArgumentNullException.ThrowIfNull(algorithm);
        AsymmetricAlgorithm pair = algorithm[..2] switch
        {
            "RS" or "PS" => RSA.Create(2048),
            "ES" => ECDsa.Create(Curve(algorithm)),
            _ => throw new ArgumentException($"{algorithm} is not a signature algorithm of these stand-ins.", nameof(algorithm)),
        };
        return new SigningKey(algorithm, keyId ?? Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(12)), pair);
    }

    /// <summary>The signature over <paramref name="input"/>; ECDSA as the two integers side by side (RFC 7518 section 3.4).</summary>
    public byte[] Sign(byte[] input) => _pair switch
    {
        RSA rsa => rsa.SignData(input, Hash, Algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
        ECDsa ecdsa => ecdsa.SignData(input, Hash),
        _ => throw new InvalidOperationException("A key is RSA or EC."),
    };

    /// <summary>A token over exactly these texts, which need not be sane JSON.</summary>
    public string SignText(string header, string claims) => Compact(header, claims, Sign);

    /// <summary>The public half as a JWK (RFC 7517) with <c>kid</c>, and with <c>use</c> and <c>alg</c> when given.</summary>
    public JsonObject PublicJwk(string? use = null, string? algorithm = null)
    {
        var jwk = new JsonObject { ["kid"] = KeyId };
        switch (_pair)
        {
            case RSA rsa:
                var publicRsa = rsa.ExportParameters(includePrivateParameters: false);
                jwk["kty"] = "RSA";
                jwk["n"] = Base64Url.EncodeToString(publicRsa.Modulus);
                jwk["e"] = Base64Url.EncodeToString(publicRsa.Exponent);
                break;
            case ECDsa ecdsa:
                var publicPoint = ecdsa.ExportParameters(includePrivateParameters: false);
                jwk["kty"] = "EC";
                jwk["crv"] = Algorithm switch { "ES256" => "P-256", "ES384" => "P-384", _ => "P-521" };
                jwk["x"] = Base64Url.EncodeToString(publicPoint.Q.X);
                jwk["y"] = Base64Url.EncodeToString(publicPoint.Q.Y);
                break;
        }

        if (use is not null)
        {
            jwk["use"] = use;
        }

        if (algorithm is not null)
        {
            jwk["alg"] = algorithm;
        }

        return jwk;
    }

    /// <summary>The private half as PKCS#8 PEM, as key files hold it.</summary>
    public string PrivatePem() => _pair.ExportPkcs8PrivateKeyPem();

    /// <summary>The public half as SubjectPublicKeyInfo PEM. Attackers use its bytes as an HMAC key.</summary>
    public string PublicPem() => _pair.ExportSubjectPublicKeyInfoPem();

    public void Dispose() => _pair.Dispose();

    internal static string Compact(string header, string claims, Func<byte[], byte[]> sign)
    {
        var input = Base64Url.EncodeToString(
            Encoding.UTF8.GetBytes(header)) + "." + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims));
        return input + "." + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input)));
    }

    /// <summary>True when this key signed <paramref name="input"/>.</summary>
    internal bool Verifies(byte[] input, byte[] signature) => _pair switch
    {
        RSA rsa => rsa.VerifyData(input, signature, Hash, Algorithm[0] == 'P' ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
        ECDsa ecdsa => ecdsa.VerifyData(input, signature, Hash),
        _ => false,
    };

    private HashAlgorithmName Hash => Algorithm[2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    private static ECCurve Curve(string algorithm) => algorithm switch
    {
        "ES256" => ECCurve.NamedCurves.nistP256,
        "ES384" => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    };
}
