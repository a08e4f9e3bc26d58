using System.Security.Cryptography;

namespace Hoop.Shared.Jose;

/// <summary>
/// The signature algorithms that are understood (RFC 7518 sections 3.3 to 3.5, RFC 8037 section 3.1). <c>none</c> and the symmetric
/// ones have no member, so they cannot be asked for by mistake.
/// </summary>
public enum JwsAlgorithm
{
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,

    /// <summary>Of Ed25519 alone; RFC 9864 calls the same thing <c>Ed25519</c>.</summary>
    EdDSA,
}

/// <summary>What kind of key an algorithm needs. Each elliptic curve goes with exactly one algorithm (RFC 7518 section 3.4).</summary>
public enum JwsKeyKind
{
    Rsa,
    P256,
    P384,
    P521,
    Ed25519,
}

public static class JwsAlgorithms
{
    /// <summary>
    /// The exact names of RFC 7518, RFC 8037 and RFC 9864 (section 2.2), in their exact case. Null for everything else.
    /// </summary>
    public static JwsAlgorithm? Find(string? name) => name switch
    {
        "RS256" => JwsAlgorithm.RS256,
        "RS384" => JwsAlgorithm.RS384,
        "RS512" => JwsAlgorithm.RS512,
        "PS256" => JwsAlgorithm.PS256,
        "PS384" => JwsAlgorithm.PS384,
        "PS512" => JwsAlgorithm.PS512,
        "ES256" => JwsAlgorithm.ES256,
        "ES384" => JwsAlgorithm.ES384,
        "ES512" => JwsAlgorithm.ES512,
        "EdDSA" or "Ed25519" => JwsAlgorithm.EdDSA,
        _ => null,
    };

    public static JwsKeyKind KeyKind(this JwsAlgorithm algorithm) => algorithm switch
    {
        JwsAlgorithm.ES256 => JwsKeyKind.P256,
        JwsAlgorithm.ES384 => JwsKeyKind.P384,
        JwsAlgorithm.ES512 => JwsKeyKind.P521,
        JwsAlgorithm.EdDSA => JwsKeyKind.Ed25519,
        _ => JwsKeyKind.Rsa,
    };

    internal static HashAlgorithmName Hash(this JwsAlgorithm algorithm) => algorithm switch
    {
        JwsAlgorithm.RS256 or JwsAlgorithm.PS256 or JwsAlgorithm.ES256 => HashAlgorithmName.SHA256,
        JwsAlgorithm.RS384 or JwsAlgorithm.PS384 or JwsAlgorithm.ES384 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };

    internal static RSASignaturePadding Padding(this JwsAlgorithm algorithm) =>
        algorithm is JwsAlgorithm.PS256 or JwsAlgorithm.PS384 or JwsAlgorithm.PS512 ? RSASignaturePadding.Pss : RSASignaturePadding.Pkcs1;
}
