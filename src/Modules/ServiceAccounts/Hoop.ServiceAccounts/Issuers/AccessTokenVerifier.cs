using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// Verifies access tokens in JWT form: RFC 9068 where the provider follows it, RFC 8725 in any case. It says whose token this is and until
/// when it holds, and nothing else: groups and organization come from stored rows. The signature, which costs most, is looked at last.
/// </summary>
internal sealed class AccessTokenVerifier(IssuerOptions options, IssuerKeys keys, SignatureGate gate, TimeProvider clock)
{
    private const int RememberedTokens = 8192;
    private const int MaxSubject = 255;

    private readonly TokenMemory<ProvenToken> _proven = new(clock, RememberedTokens);

    /// <summary>The subject of a good token, or why it is refused.</summary>
    public async Task<Verdict<VerifiedToken>> Verify(string token, CancellationToken cancellationToken)
    {
        if (!options.Enabled)
        {
            return new Refusal("disabled", "no identity provider is configured (HOOP_OIDC_ISSUER)");
        }

        var verdict = await Verify(token, keys.Ring, cancellationToken);

        // The provider may have rotated: one look, shared and bounded, then the answer stands.
        return verdict.Refusal?.Code == TokenRefusalCodes.UnknownKey
            ? await Verify(token, await keys.Refresh(cancellationToken), cancellationToken)
            : verdict;
    }

    private async ValueTask<Verdict<VerifiedToken>> Verify(string token, KeyRing? ring, CancellationToken cancellationToken)
    {
        // A remembered token is proven by the keys of now, and judged by the clock of now.
        if (_proven.Find(token) is { } known && ReferenceEquals(known.Ring, ring))
        {
            return known.Times.Check(clock.GetUtcNow(), IssuerOptions.Leeway) is { } ended ? ended : known.Token;
        }

        if (Read(token, ring: null) is { Accepted: false } unfit)
        {
            return unfit;
        }

        return ring is null
            ? new Refusal(TokenRefusalCodes.UnknownKey, "no key of the issuer is known")
            : await gate.Prove(token, ring, () => Read(token, ring), cancellationToken);
    }

    /// <summary>Everything that the token says; with a ring also whether it is true, and then it is remembered.</summary>
    private Verdict<VerifiedToken> Read(string token, KeyRing? ring)
    {
        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return refusal;
        }

        using (jws)
        {
            if (!JwtClaims.TryRead(jws.Payload, out var claims, out refusal))
            {
                return refusal;
            }

            refusal = CheckIssuer(claims) ?? AccessTokenKind.Check(
                jws.Header.Type, claims, options.ClientId) ?? CheckAudience(claims) ?? CheckSubject(claims)
                ?? claims.Times.Check(clock.GetUtcNow(), IssuerOptions.Leeway)
                ?? (ring is null ? null : jws.Verify(ring));
            if (refusal is not null)
            {
                return refusal;
            }

            var verified = new VerifiedToken(options.OrgId, options.Issuer, claims.Subject!, claims.Times.ExpiresAt);
            if (ring is not null)
            {
                _proven.Add(
                    token,
                    new ProvenToken(verified, claims.Times, ring),
                    claims.Times.ExpiresAt - clock.GetUtcNow() + IssuerOptions.Leeway);
            }

            return verified;
        }
    }

    private Refusal? CheckIssuer(in JwtClaims claims) => string.Equals(claims.Issuer, options.Issuer, StringComparison.Ordinal)
        ? null
        : new Refusal(TokenRefusalCodes.Issuer, $"iss is {Shown(claims.Issuer)}; expected {options.Issuer} (HOOP_OIDC_ISSUER)");

    private Refusal? CheckAudience(in JwtClaims claims)
    {
        if (claims.Audience.Any(audience => options.Audiences.Contains(audience, StringComparer.Ordinal)))
        {
            return null;
        }

        if (!options.AudienceIsClient || claims.Audience.Length > 0)
        {
            var aud = claims.Audience.Length == 0 ? "missing" : Shown(string.Join(", ", claims.Audience));
            return new Refusal(
                TokenRefusalCodes.Audience, $"aud is {aud}; expected {string.Join(" or ", options.Audiences)} (HOOP_OIDC_AUDIENCE)");
        }

        // Amazon Cognito names no audience in its access tokens: there the client that got the token stands for it.
        return claims.TryGetString("client_id", out var client) && options.Audiences.Contains(client, StringComparer.Ordinal)
            && claims.TryGetString("token_use", out var use) && use == "access"
            ? null
            : new Refusal(
                TokenRefusalCodes.Audience,
                $"client_id is {Shown(client)}; expected {string.Join(" or ", options.Audiences)} in a token with token_use access (HOOP_OIDC_AUDIENCE_CLAIM)");
    }

    // A SPIFFE ID belongs to the other verifier; one kind of token never stands in for another (RFC 8725 section 3.12).
    private static Refusal? CheckSubject(in JwtClaims claims) =>
        claims.Subject is not { Length: > 0 and <= MaxSubject } subject
            || subject.Any(char.IsControl)
            || subject.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase)
            ? new Refusal(TokenRefusalCodes.Subject, "sub is missing, too long, or not that of an account")
            : null;

    private static string Shown(string? text) => text is null ? "missing" : $"\"{Printable.Word(text)}\"";

    private sealed record ProvenToken(VerifiedToken Token, TokenTimes Times, KeyRing Ring);
}

/// <summary>What a good access token proves.</summary>
internal sealed record VerifiedToken(Guid OrgId, string Issuer, string Subject, DateTimeOffset ExpiresAt);
