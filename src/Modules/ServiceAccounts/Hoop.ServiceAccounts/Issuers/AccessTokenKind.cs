using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// Is this an access token, or another JWT that the same provider signed with the same key? An ID token is shown to programs that must
/// not be able to use it as a key (RFC 8725 section 3.11, RFC 9068 section 2.1). The strongest sign there is decides: the type in the
/// header, then the provider's own word for it, then claims that only one of the two kinds has.
/// </summary>
internal static class AccessTokenKind
{
    // OpenID Connect Core 1.0 sections 2 and 3.3.2.11, Logout 1.0 section 2.4 (events), FAPI (s_hash).
    private static readonly string[] OnlyInOtherTokens = ["nonce", "at_hash", "c_hash", "s_hash", "events"];

    // RFC 9068 section 2.2, RFC 8693 section 4.2, and what Okta (cid, scp), Auth0 (gty) and Entra (appid, azpacr, idtyp, scp) write.
    private static readonly string[] OnlyInAccessTokens = ["scope", "scp", "client_id", "cid", "gty", "appid", "azpacr", "idtyp"];

    /// <param name="type"><c>typ</c> of the header.</param>
    /// <param name="clientId">The client id that people sign in with at this issuer, when there is one: the audience of its ID
    /// tokens.</param>
    public static Refusal? Check(string? type, in JwtClaims claims, string? clientId)
    {
        var stated = type?.ToUpperInvariant();
        if (stated is not (null or "JWT" or "AT+JWT" or "APPLICATION/AT+JWT"))
        {
            return Other($"typ {Printable.Word(type!)} in its header is not that of an access token");
        }

        // RFC 7800, RFC 8705, RFC 9449: whoever holds such a token must also hold a key. Taken as a bearer token it would lose that
        // protection.
        if (claims.Has("cnf"))
        {
            return new Refusal(
                TokenRefusalCodes.Bound, "the token is bound to its sender (cnf), and this gateway takes bearer tokens only");
        }

        // Cognito writes access or id; Keycloak writes Bearer, ID, Refresh, Offline, Logout.
        if (claims.Has("token_use") && (!claims.TryGetString("token_use", out var use) || use != "access"))
        {
            return Other("token_use is not access");
        }

        if (claims.Has("typ")
            && (!claims.TryGetString("typ", out var kind) || !string.Equals(kind, "Bearer", StringComparison.OrdinalIgnoreCase)))
        {
            return Other("its claim typ is not Bearer");
        }

        return stated is "AT+JWT" or "APPLICATION/AT+JWT" || claims.Has("token_use") || claims.Has("typ")
            ? null
            : ByClaims(claims, clientId);
    }

    /// <summary>
    /// Of what an issuer told about an opaque token. It tells about refresh tokens too (RFC 7662 section 2.1), which are no key to anything
    /// here; so one of the providers' words for an access token must be there, and none that says another thing.
    /// </summary>
    public static Refusal? CheckIntrospected(in JwtClaims claims)
    {
        if (claims.Has("cnf"))
        {
            return new Refusal(
                TokenRefusalCodes.Bound, "the token is bound to its sender (cnf), and this gateway takes bearer tokens only");
        }

        return Says(claims, "token_type", "Bearer", "access_token") ?? Says(claims, "token_use", "access", "access_token")
            ?? Says(claims, "typ", "Bearer", "at+jwt")
            ?? (claims.Has("token_type") || claims.Has("token_use") || claims.Has("typ")
                ? null
                : Other("the issuer tells neither token_type nor token_use nor typ of it, so it may be a refresh token"));
    }

    private static Refusal? Says(in JwtClaims claims, string name, string word, string otherWord) => !claims.Has(name)
        || (claims.TryGetString(name, out var said)
            && (string.Equals(said, word, StringComparison.OrdinalIgnoreCase)
                || string.Equals(said, otherWord, StringComparison.OrdinalIgnoreCase)))
            ? null
            : Other($"{name} is not {word}");

    private static Refusal? ByClaims(in JwtClaims claims, string? clientId)
    {
        foreach (var name in OnlyInOtherTokens)
        {
            if (claims.Has(name))
            {
                return Other($"it has the claim {name}, as ID and logout tokens do");
            }
        }

        foreach (var name in OnlyInAccessTokens)
        {
            if (claims.Has(name))
            {
                return null;
            }
        }

        // Nothing tells the two apart. An ID token's audience is the client that asked for it; an access token's is this gateway.
        return claims.Audience.Contains(clientId, StringComparer.Ordinal)
            || (claims.TryGetString("azp", out var party) && party is not null && claims.Audience.Contains(party, StringComparer.Ordinal))
            ? Other("nothing in it says that it is an access token, and its audience is the client itself, as in an ID token")
            : null;
    }

    private static Refusal Other(string reason) => new(TokenRefusalCodes.Type, "not an access token: " + reason);
}
