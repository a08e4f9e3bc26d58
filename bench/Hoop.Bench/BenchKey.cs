using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Hoop.Shared.Jose;

namespace Hoop.Bench;

/// <summary>A key of the trust domain, made for this run.</summary>
internal sealed class BenchKey(JwsAlgorithm algorithm) : IDisposable
{
    private readonly AsymmetricAlgorithm _key = algorithm switch
    {
        JwsAlgorithm.RS256 => RSA.Create(2048),
        JwsAlgorithm.ES256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
        JwsAlgorithm.ES384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "No bench for it."),
    };

    public string Name => algorithm.ToString();

    public string Jwk => _key is RSA rsa
        ? $$"""{"kid":"{{Name}}","kty":"RSA","n":"{{Encode(rsa.ExportParameters(false).Modulus!)}}","e":"{{Encode(rsa.ExportParameters(false).Exponent!)}}"}"""
        : $$"""{"kid":"{{Name}}","kty":"EC","crv":"{{(algorithm == JwsAlgorithm.ES256 ? "P-256" : "P-384")}}","x":"{{Encode(Point.X!)}}","y":"{{Encode(Point.Y!)}}"}""";

    private HashAlgorithmName Hash => algorithm == JwsAlgorithm.ES384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256;

    private ECPoint Point => ((ECDsa)_key).ExportParameters(false).Q;

    public static string KeySet(params IEnumerable<BenchKey> keys) => $$"""{"keys":[{{string.Join(',', keys.Select(key => key.Jwk))}}]}""";

    /// <summary>A JWT-SVID as SPIRE writes them, good for an hour.</summary>
    /// <param name="number">Makes the token another one.</param>
    public string Svid(string spiffeId, int number = 0)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return Sign("JWT", $$"""{"aud":["hoop-gateway"],"exp":{{now + 3600}},"iat":{{now}},"jti":"{{number}}","sub":"{{spiffeId}}"}""");
    }

    /// <summary>An access token (RFC 9068), good for an hour.</summary>
    /// <param name="number">Makes the token another one.</param>
    public string AccessToken(string issuer, string audience, string subject, int number = 0)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return Sign(
            "at+jwt",
            $$"""{"iss":"{{issuer}}","aud":"{{audience}}","exp":{{now + 3600}},"iat":{{now}},"jti":"{{number}}","sub":"{{subject}}","client_id":"{{subject}}"}""");
    }

    /// <summary>The public key as the framework reads it (SPKI, base64).</summary>
    public string PublicKey => Convert.ToBase64String(_key.ExportSubjectPublicKeyInfo());

    private string Sign(string type, string claims)
    {
        var input = $"{Encode($$"""{"alg":"{{Name}}","kid":"{{Name}}","typ":"{{type}}"}""")}.{Encode(claims)}";
        var bytes = Encoding.ASCII.GetBytes(input);
        return $"{input}.{Encode(_key is RSA rsa ? rsa.SignData(bytes, Hash, RSASignaturePadding.Pkcs1) : ((ECDsa)_key).SignData(bytes, Hash))}";
    }

    /// <summary>The framework's check and nothing else: what no verifier of such tokens can do without.</summary>
    public bool VerifyData(byte[] input, byte[] signature) =>
        _key is RSA rsa
            ? rsa.VerifyData(input, signature, Hash, RSASignaturePadding.Pkcs1)
            : ((ECDsa)_key).VerifyData(input, signature, Hash);

    public void Dispose() => _key.Dispose();

    private static string Encode(string text) => Encode(Encoding.UTF8.GetBytes(text));

    private static string Encode(byte[] bytes) => Base64Url.EncodeToString(bytes);
}
