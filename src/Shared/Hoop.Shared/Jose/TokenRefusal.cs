namespace Hoop.Shared.Jose;

/// <summary>
/// Why a token was refused. For logs and metrics only: to the caller all refusals look the same.
/// </summary>
/// <param name="Code">One of <see cref="TokenRefusalCodes"/>; stable, fit for a metric label.</param>
/// <param name="Reason">One printable line. Of the token it holds at most names of keys and trust domains, made printable, never the token itself.</param>
public sealed record TokenRefusal(string Code, string Reason)
{
    internal static TokenRefusal Malformed(string reason) => new(TokenRefusalCodes.Malformed, reason);

    /// <summary>Text out of a token made fit for one log line: at most 64 characters, and anything but printable ASCII becomes a question mark.</summary>
    public static string Printable(string text) =>
        string.Create(Math.Min(text.Length, 64), text, static (line, source) =>
        {
            for (var i = 0; i < line.Length; i++)
            {
                line[i] = source[i] is >= ' ' and <= '~' ? source[i] : '?';
            }
        });
}

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
