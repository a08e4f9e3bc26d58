using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;

namespace Hoop.Shared.Jose;

/// <summary>Public keys in PEM, or in certificates, as a key set: what counts as a key is decided in one place.</summary>
public static class PemKeySet
{
    /// <summary>The key set as JSON; null when one of the texts holds no public RSA or elliptic-curve key.</summary>
    /// <param name="pems">One key each. Their names are their numbers.</param>
    public static string? ToJwks(IEnumerable<string> pems)
    {
        ArgumentNullException.ThrowIfNull(pems);
        var keys = new JsonArray();
        foreach (var (index, pem) in pems.Index())
        {
            if (Jwk(pem) is not { } key)
            {
                return null;
            }

            key["kid"] = index.ToString(CultureInfo.InvariantCulture);
            keys.Add((JsonNode)key);
        }

        return new JsonObject { ["keys"] = keys }.ToJsonString();
    }

    private static JsonObject? Jwk(string pem)
    {
        try
        {
            return PemEncoding.TryFind(pem, out var found) ? Jwk(pem, pem[found.Label]) : null;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private static JsonObject? Jwk(string pem, string label)
    {
        switch (label)
        {
            case "CERTIFICATE":
                using (var certificate = X509Certificate2.CreateFromPem(pem))
                {
                    using var rsaKey = certificate.GetRSAPublicKey();
                    using var curveKey = certificate.GetECDsaPublicKey();
                    return rsaKey is not null ? Jwk(rsaKey) : curveKey is not null ? Jwk(curveKey) : null;
                }

            case "RSA PUBLIC KEY":
                using (var rsa = RSA.Create())
                {
                    rsa.ImportFromPem(pem);
                    return Jwk(rsa);
                }

            case "PUBLIC KEY":
                return OfSubjectPublicKey(pem);
            default:
                return null;
        }
    }

    // The text does not say which of the two it is.
    private static JsonObject? OfSubjectPublicKey(string pem)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return Jwk(rsa);
        }
        catch (CryptographicException)
        {
            using var curve = ECDsa.Create();
            curve.ImportFromPem(pem);
            return Jwk(curve);
        }
    }

    private static JsonObject Jwk(RSA rsa)
    {
        var numbers = rsa.ExportParameters(includePrivateParameters: false);
        return new JsonObject
        {
            ["kty"] = "RSA", ["n"] = Base64Url.EncodeToString(numbers.Modulus), ["e"] = Base64Url.EncodeToString(numbers.Exponent),
        };
    }

    private static JsonObject? Jwk(ECDsa key)
    {
        var numbers = key.ExportParameters(includePrivateParameters: false);
        var name = key.KeySize switch { 256 => "P-256", 384 => "P-384", 521 => "P-521", _ => null };
        return name is null ? null : new JsonObject
        {
            ["kty"] = "EC",
            ["crv"] = name,
            ["x"] = Base64Url.EncodeToString(numbers.Q.X),
            ["y"] = Base64Url.EncodeToString(numbers.Q.Y),
        };
    }
}
