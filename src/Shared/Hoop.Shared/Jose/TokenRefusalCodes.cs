using Hoop.Shared.Callers;

namespace Hoop.Shared.Jose;

/// <summary>The closed list of refusals, in the order in which they are looked for: what is cheap first, the signature last.</summary>
public static class TokenRefusalCodes
{
    /// <summary>
    /// Too long, not three segments, bad base64url, bad JSON, a repeated or mistyped member, a missing <c>exp</c> or <c>kid</c>.
    /// </summary>
    public const string Malformed = "malformed";

    /// <summary><c>alg</c> is not on the list, or not the one of the key.</summary>
    public const string Algorithm = "algorithm";

    /// <summary>Another kind of token: an ID token where an access token belongs, a proof, a logout token.</summary>
    public const string Type = "type";

    /// <summary>The token is bound to its sender (<c>cnf</c>), and who sent it has not proven to be that one.</summary>
    public const string Bound = "sender_constrained";

    /// <summary><c>sub</c> is missing or not what it must be.</summary>
    public const string Subject = "subject";

    /// <summary><c>iss</c> is missing or unknown.</summary>
    public const string Issuer = "issuer";

    /// <summary>The trust domain of <c>sub</c> is not configured.</summary>
    public const string TrustDomain = "trust_domain";

    /// <summary><c>aud</c> is missing or names somebody else.</summary>
    public const string Audience = "audience";

    /// <summary>A claim is missing, or has another value than every access token of the issuer.</summary>
    public const string Claims = "claims";

    public const string Expired = "expired";

    /// <summary><c>nbf</c> or <c>iat</c> lies in the future.</summary>
    public const string NotYetValid = "not_yet_valid";

    /// <summary><c>exp</c> is further away than the configured cap.</summary>
    public const string Lifetime = "lifetime";

    /// <summary>Not looked at: too many others are. Says nothing about the token; the caller may come again.</summary>
    public const string Busy = Refusal.Busy;

    /// <summary>
    /// Not looked at: the issuer is trusted, and none of its keys could be fetched yet, or for too long. Says nothing about the token.
    /// </summary>
    public const string NoKeys = Refusal.NoKeys;

    /// <summary><c>kid</c> names no usable key of the one key set that counts.</summary>
    public const string UnknownKey = "unknown_key";

    public const string Signature = "signature";
}
