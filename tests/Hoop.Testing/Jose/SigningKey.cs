using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hoop.Shared.Jose;

namespace Hoop.Testing.Jose;

/// <summary>
/// A private key made at run time, that signs whatever header and payload a test asks for, and shows its public half as a JWK.
/// </summary>
public sealed class SigningKey
{
    private readonly AsymmetricAlgorithm _key;

    private SigningKey(JwsAlgorithm algorithm, string keyId, AsymmetricAlgorithm key)
    {
        Algorithm = algorithm;
        KeyId = keyId;
        _key = key;
    }

    public JwsAlgorithm Algorithm { get; }

    public string KeyId { get; }

    public static SigningKey Create(JwsAlgorithm algorithm, string keyId = "key-1", int rsaBits = 2048) =>
        new(algorithm, keyId, algorithm.KeyKind() switch
        {
            JwsKeyKind.P256 => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            JwsKeyKind.P384 => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            JwsKeyKind.P521 => ECDsa.Create(ECCurve.NamedCurves.nistP521),
            JwsKeyKind.Ed25519 => Ed25519Key.Generate(),
            _ => RSA.Create(rsaBits),
        });

    /// <summary>The same private key under another name or for another RSA algorithm.</summary>
    public SigningKey As(JwsAlgorithm? algorithm = null, string? keyId = null) => new(algorithm ?? Algorithm, keyId ?? KeyId, _key);

    /// <summary>The public half.</summary>
    /// <param name="use">Left out when null.</param>
    public JsonObject Jwk(string? use = null)
    {
        var jwk = new JsonObject { ["kid"] = KeyId };
        if (use is not null)
        {
            jwk["use"] = use;
        }

        if (_key is RSA rsa)
        {
            var parameters = rsa.ExportParameters(false);
            jwk["kty"] = "RSA";
            jwk["n"] = Base64Url.EncodeToString(parameters.Modulus);
            jwk["e"] = Base64Url.EncodeToString(parameters.Exponent);
            return jwk;
        }

        if (_key is Ed25519Key edwards)
        {
            jwk["kty"] = "OKP";
            jwk["crv"] = "Ed25519";
            jwk["x"] = Base64Url.EncodeToString(edwards.Point);
            return jwk;
        }

        var point = ((ECDsa)_key).ExportParameters(false).Q;
        jwk["kty"] = "EC";
        jwk["crv"] = Algorithm.KeyKind() switch { JwsKeyKind.P256 => "P-256", JwsKeyKind.P384 => "P-384", _ => "P-521" };
        jwk["x"] = Base64Url.EncodeToString(point.X);
        jwk["y"] = Base64Url.EncodeToString(point.Y);
        return jwk;
    }

    public string SubjectPublicKeyInfoPem() => _key.ExportSubjectPublicKeyInfoPem();

    public string Header(string? type = "JWT") =>
        new JsonObject { ["alg"] = Algorithm.ToString(), ["kid"] = KeyId, ["typ"] = type }.Where(
            member => member.Value is not null).ToJson();

    /// <summary>A compact JWS over exactly these texts.</summary>
    public string Sign(string header, string payload)
    {
        var input = Encode(header) + "." + Encode(payload);
        return input + "." + Base64Url.EncodeToString(Signature(Encoding.ASCII.GetBytes(input)));
    }

    public string Sign(string payload) => Sign(Header(), payload);

    public byte[] Signature(byte[] input)
    {
        var hash = Algorithm.ToString()[2..] switch
        {
            "256" => HashAlgorithmName.SHA256,
            "384" => HashAlgorithmName.SHA384,
            _ => HashAlgorithmName.SHA512
        };
        return _key switch
        {
            RSA rsa => rsa.SignData(
                input,
                hash,
                Algorithm.ToString().StartsWith("PS", StringComparison.Ordinal) ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1),
            ECDsa curve => curve.SignData(input, hash),
            _ => ((Ed25519Key)_key).Sign(input),
        };
    }

    public static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));
}

/// <summary>JSON documents out of the pieces that tests hold.</summary>
public static class JsonTexts
{
    public static string ToJson(this IEnumerable<KeyValuePair<string, JsonNode?>> members) =>
        new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, member.Value?.DeepClone()))).ToJsonString();

    /// <summary>A JWK set.</summary>
    public static string KeySet(params IEnumerable<JsonNode> keys) =>
        new JsonObject { ["keys"] = new JsonArray([.. keys.Select(key => key.DeepClone())]) }.ToJsonString();
}
