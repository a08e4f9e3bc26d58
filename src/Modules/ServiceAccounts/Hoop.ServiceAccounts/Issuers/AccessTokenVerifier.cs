using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// Verifies access tokens in JWT form: RFC 9068 where the provider follows it, RFC 8725 in any case. It says whose token this is and until
/// when it holds, and nothing else: groups and organization come from stored rows.
/// </summary>
internal sealed class AccessTokenVerifier(IssuerOptions options, IssuerKeys keys, TimeProvider clock)
{
    private const int MaxSubject = 255;

    /// <summary>The subject of a good token, or why it is refused.</summary>
    public async Task<Verdict<VerifiedToken>> Verify(string token, CancellationToken cancellationToken)
    {
        var verdict = Verify(token, keys.Snapshot.Value);

        // The provider may have rotated: one look, shared and bounded, then the answer stands.
        return verdict.Refusal?.Code == TokenRefusalCodes.UnknownKey ? Verify(token, (await keys.RequestRefresh(cancellationToken)).Value) : verdict;
    }

    private Verdict<VerifiedToken> Verify(string token, KeyRing? ring)
    {
        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return refusal;
        }

        using (jws)
        {
            refusal = CheckType(jws.Header.Type)
                ?? (ring is null ? new Refusal(TokenRefusalCodes.UnknownKey, "no key of the issuer is known") : jws.Verify(ring));
            if (refusal is not null || !JwtClaims.TryRead(jws.Payload, out var claims, out refusal))
            {
                return refusal;
            }

            refusal = Check(claims) ?? claims.Times.Check(clock.GetUtcNow(), IssuerOptions.Leeway);
            return refusal is null ? new VerifiedToken(options.OrgId, options.Issuer, claims.Subject!, claims.Times.ExpiresAt) : refusal;
        }
    }

    // RFC 9068 section 2.1 demands at+jwt; many providers still send JWT or nothing. An ID token says JWT as well, which is why the
    // audience decides: an ID token names the client, not this gateway.
    private static Refusal? CheckType(string? type) =>
        type is null || type.ToUpperInvariant() is "JWT" or "AT+JWT" or "APPLICATION/AT+JWT"
            ? null
            : new Refusal(TokenRefusalCodes.Type, $"typ {Printable.Word(type)} is not that of an access token");

    private Refusal? Check(in JwtClaims claims)
    {
        if (!string.Equals(claims.Issuer, options.Issuer, StringComparison.Ordinal))
        {
            return new Refusal(TokenRefusalCodes.Issuer, "iss is not the configured issuer");
        }

        if (!claims.Audience.Any(audience => options.Audiences.Contains(audience, StringComparer.Ordinal)))
        {
            return new Refusal(TokenRefusalCodes.Audience, "aud does not name this gateway");
        }

        // A SPIFFE ID belongs to the other verifier; one kind of token never stands in for another (RFC 8725 section 3.12).
        return claims.Subject is not { Length: > 0 and <= MaxSubject } subject || subject.Any(char.IsControl) || subject.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase)
            ? new Refusal(TokenRefusalCodes.Subject, "sub is missing, too long, or not that of an account")
            : null;
    }
}

/// <summary>What a good access token proves.</summary>
internal sealed record VerifiedToken(Guid OrgId, string Issuer, string Subject, DateTimeOffset ExpiresAt);
