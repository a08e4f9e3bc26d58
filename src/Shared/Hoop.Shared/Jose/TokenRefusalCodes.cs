namespace Hoop.Shared.Jose;

/// <summary>The closed list of refusals, in the order in which they are looked for.</summary>
public static class TokenRefusalCodes
{
    /// <summary>Too long, not three segments, bad base64url, bad JSON, a repeated or mistyped member, a missing <c>exp</c> or <c>kid</c>.</summary>
    public const string Malformed = "malformed";

    /// <summary><c>alg</c> is not on the list, or not the one of the key.</summary>
    public const string Algorithm = "algorithm";

    /// <summary><c>typ</c> is another kind of token.</summary>
    public const string Type = "type";

    /// <summary><c>sub</c> is missing or not what it must be.</summary>
    public const string Subject = "subject";

    /// <summary><c>iss</c> is missing or unknown.</summary>
    public const string Issuer = "issuer";

    /// <summary>The trust domain of <c>sub</c> is not configured or has no bundle yet.</summary>
    public const string TrustDomain = "trust_domain";

    /// <summary><c>kid</c> names no usable key of the one key set that counts.</summary>
    public const string UnknownKey = "unknown_key";

    public const string Signature = "signature";

    /// <summary><c>aud</c> is missing or names somebody else.</summary>
    public const string Audience = "audience";

    public const string Expired = "expired";

    /// <summary><c>nbf</c> or <c>iat</c> lies in the future.</summary>
    public const string NotYetValid = "not_yet_valid";

    /// <summary><c>exp</c> is further away than the configured cap.</summary>
    public const string Lifetime = "lifetime";
}
