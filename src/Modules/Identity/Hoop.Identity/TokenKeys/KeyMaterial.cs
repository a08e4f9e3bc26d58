using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hoop.Shared.Jose;

namespace Hoop.Identity.TokenKeys;

/// <summary>A new pair of keys.</summary>
/// <param name="Id">The <c>kid</c>.</param>
/// <param name="Pkcs8">The private half; whoever has it zeroes it.</param>
/// <param name="PublicJwk">Without <c>use</c>, which depends on where it is published.</param>
internal sealed record KeyMaterial(Guid Id, byte[] Pkcs8, string PublicJwk)
{
    /// <summary>Of Ed25519, RFC 8037. Clouds and JWT-SVIDs do not have it.</summary>
    public const string Edwards = "EdDSA";

    /// <summary>The algorithms that there are keys for, RFC 7518 section 3.1 and RFC 8037 section 3.1.</summary>
    public static readonly IReadOnlyList<string> Algorithms = ["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", Edwards];

    private const int RsaBits = 2048;

    public static KeyMaterial Generate(string algorithm)
    {
        var id = Guid.NewGuid();
        if (algorithm[0] == 'R')
        {
            using var rsa = RSA.Create(RsaBits);
            var numbers = rsa.ExportParameters(includePrivateParameters: false);
            return new KeyMaterial(
                id,
                rsa.ExportPkcs8PrivateKey(),
                Jwk(id, algorithm, ("kty", "RSA"), ("n", Text(numbers.Modulus!)), ("e", Text(numbers.Exponent!))));
        }

        if (algorithm == Edwards)
        {
            using var edwards = Ed25519Key.Generate();
            return new KeyMaterial(
                id,
                edwards.ExportPkcs8PrivateKey(),
                Jwk(id, algorithm, ("kty", "OKP"), ("crv", "Ed25519"), ("x", Text(edwards.Point))));
        }

        using var curve = ECDsa.Create(CurveOf(algorithm));
        var point = curve.ExportParameters(includePrivateParameters: false).Q;
        return new KeyMaterial(
            id,
            curve.ExportPkcs8PrivateKey(),
            Jwk(id, algorithm, ("kty", "EC"), ("crv", CurveNameOf(algorithm)), ("x", Text(point.X!)), ("y", Text(point.Y!))));
    }

    public static AsymmetricAlgorithm Import(string algorithm, ReadOnlySpan<byte> pkcs8)
    {
        if (algorithm == Edwards)
        {
            return Ed25519Key.OfPkcs8(pkcs8);
        }

        AsymmetricAlgorithm native = algorithm[0] == 'R' ? RSA.Create() : ECDsa.Create();
        native.ImportPkcs8PrivateKey(pkcs8, out _);
        return native;
    }

    public static byte[] Sign(string algorithm, AsymmetricAlgorithm native, byte[] input) => native switch
    {
        RSA rsa => rsa.SignData(input, HashOf(algorithm), RSASignaturePadding.Pkcs1),
        ECDsa curve => curve.SignData(input, HashOf(algorithm), DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
        _ => ((Ed25519Key)native).Sign(input),
    };

    private static HashAlgorithmName HashOf(string algorithm) => algorithm[2..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    private static ECCurve CurveOf(string algorithm) => algorithm switch
    {
        "ES256" => ECCurve.NamedCurves.nistP256,
        "ES384" => ECCurve.NamedCurves.nistP384,
        _ => ECCurve.NamedCurves.nistP521,
    };

    private static string CurveNameOf(string algorithm) => algorithm switch { "ES256" => "P-256", "ES384" => "P-384", _ => "P-521" };

    private static string Text(ReadOnlySpan<byte> number) => Base64Url.EncodeToString(number);

    private static string Jwk(Guid id, string algorithm, params (string Name, string Value)[] numbers)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("kid", id);
            json.WriteString("alg", algorithm);
            foreach (var (name, value) in numbers)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
