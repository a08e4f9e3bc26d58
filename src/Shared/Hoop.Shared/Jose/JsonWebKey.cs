using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hoop.Shared.Text;

namespace Hoop.Shared.Jose;

/// <summary>
/// Reads the public half of one JSON Web Key (RFC 7517 section 4, RFC 7518 section 6, RFC 8037 section 2). Private members are never
/// looked at. Anything that is not a key for the listed algorithms gives a reason instead, because RFC 7517 section 5 wants such
/// elements to be skipped.
/// </summary>
internal static class JsonWebKey
{
    private const int LeastRsaBits = 2048;

    /// <summary>Verification time grows with the square of it; no issuer needs more.</summary>
    private const int MostRsaBits = 8192;

    public static VerificationKey? Read(JsonElement element, out string? problem)
    {
        try
        {
            return ReadPublic(element, out problem);
        }
        catch (CryptographicException)
        {
            problem = "its numbers are not a key";
            return null;
        }
    }

    private static VerificationKey? ReadPublic(JsonElement element, out string? problem)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            problem = "it is not an object";
            return null;
        }

        if (!TryText(element, "kty", out var type) || !TryText(element, "use", out var use) || !TryText(element, "kid", out var keyId)
            || !TryText(element, "alg", out var algorithmName) || !TryText(element, "crv", out var curve))
        {
            problem = "kty, use, kid, alg or crv is not a string";
            return null;
        }

        var algorithm = JwsAlgorithms.Find(algorithmName);
        problem = (algorithmName, algorithm) is (not null,
            null) ? $"alg {Printable.Word(algorithmName)} is not a signature algorithm that is allowed"
            : AllowsVerify(element) ? null
            : "key_ops does not hold verify";
        return problem is not null ? null : (type, curve) switch
        {
            ("RSA", _) => ReadRsa(element, keyId, use, algorithm, out problem),
            ("EC", "P-256") => ReadCurve(element, keyId, use, JwsKeyKind.P256, algorithm, ECCurve.NamedCurves.nistP256, 32, out problem),
            ("EC", "P-384") => ReadCurve(element, keyId, use, JwsKeyKind.P384, algorithm, ECCurve.NamedCurves.nistP384, 48, out problem),
            ("EC", "P-521") => ReadCurve(element, keyId, use, JwsKeyKind.P521, algorithm, ECCurve.NamedCurves.nistP521, 66, out problem),
            ("OKP", "Ed25519") => ReadEdwards(element, keyId, use, algorithm, out problem),
            _ => Refuse("its kty or crv is not supported", out problem),
        };
    }

    private static VerificationKey? ReadRsa(JsonElement element, string? keyId, string? use, JwsAlgorithm? algorithm, out string? problem)
    {
        // Extra zero octets in front are forbidden, yet sent by some; they mean nothing.
        if (Number(element, "n")?.AsSpan().TrimStart((byte)0).ToArray() is not { Length: > 0 } modulus
            || Number(element, "e")?.AsSpan().TrimStart((byte)0).ToArray() is not { Length: > 0 } exponent)
        {
            return Refuse("n or e is missing or not base64url", out problem);
        }

        var bits = (modulus.Length * 8) - byte.LeadingZeroCount(modulus[0]);
        if (bits is < LeastRsaBits or > MostRsaBits)
        {
            return Refuse($"an RSA key of {bits} bits is not accepted; it must have 2048 to 8192", out problem);
        }

        // e = 1 makes every message its own signature; an even number is no exponent or modulus at all.
        if (exponent.Length > 4 || exponent is [1] || (exponent[^1] & 1) == 0 || (modulus[^1] & 1) == 0)
        {
            return Refuse("its exponent or modulus is not sound", out problem);
        }

        return algorithm is { } bound && bound.KeyKind() != JwsKeyKind.Rsa
            ? Refuse("its alg is not one for RSA", out problem)
            : Accept(
                VerificationKey.OfRsa(keyId, use, algorithm, new RSAParameters { Modulus = modulus, Exponent = exponent }), out problem);
    }

    private static VerificationKey? ReadCurve(
        JsonElement element, string? keyId, string? use, JwsKeyKind kind, JwsAlgorithm? algorithm, ECCurve curve, int length,
            out string? problem)
    {
        // RFC 7518 section 6.2.1.2: exactly the length of the field.
        if (Number(element, "x") is not { } x || Number(element, "y") is not { } y || x.Length != length || y.Length != length)
        {
            return Refuse("x or y is missing, not base64url or of the wrong length", out problem);
        }

        return algorithm is { } bound && bound.KeyKind() != kind
            ? Refuse("its alg is not the one of its curve", out problem)
            : Accept(
                VerificationKey.OfCurve(keyId, use, kind, algorithm, new ECParameters { Curve = curve, Q = new ECPoint { X = x, Y = y } }),
                out problem);
    }

    private static VerificationKey? ReadEdwards(
        JsonElement element, string? keyId, string? use, JwsAlgorithm? algorithm, out string? problem)
    {
        if (Number(element, "x") is not { Length: Ed25519Key.KeyBytes } point)
        {
            return Refuse("x is missing, not base64url or of the wrong length", out problem);
        }

        return algorithm is { } bound && bound.KeyKind() != JwsKeyKind.Ed25519
            ? Refuse("its alg is not EdDSA or Ed25519", out problem)
            : Accept(VerificationKey.OfEdwards(keyId, use, algorithm, point), out problem);
    }

    private static VerificationKey Accept(VerificationKey key, out string? problem)
    {
        problem = null;
        return key;
    }

    private static VerificationKey? Refuse(string reason, out string? problem)
    {
        problem = reason;
        return null;
    }

    /// <summary>RFC 7517 section 4.3.</summary>
    private static bool AllowsVerify(JsonElement element) =>
        !element.TryGetProperty("key_ops", out var operations)
        || (operations.ValueKind == JsonValueKind.Array
            && operations.EnumerateArray().Any(operation => operation.ValueKind == JsonValueKind.String
            && operation.ValueEquals("verify"u8)));

    private static bool TryText(JsonElement element, string name, out string? text)
    {
        text = null;
        if (!element.TryGetProperty(name, out var member))
        {
            return true;
        }

        text = member.ValueKind == JsonValueKind.String ? member.GetString() : null;
        return text is not null;
    }

    private static byte[]? Number(JsonElement element, string name)
    {
        if (!TryText(element, name, out var text) || text is null)
        {
            return null;
        }

        var encoded = Encoding.UTF8.GetBytes(text);
        var decoded = new byte[encoded.Length];
        return StrictBase64Url.TryDecode(encoded, decoded, out var written) ? decoded[..written] : null;
    }
}
