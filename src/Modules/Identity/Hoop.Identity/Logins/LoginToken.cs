using System.Text.Json;
using Hoop.Shared.Jose;

namespace Hoop.Identity.Logins;

/// <summary>What a token says, after its signature was verified with the keys of the mount.</summary>
/// <param name="Claims">An object.</param>
internal sealed record LoginToken(JsonElement Claims, string? Subject, IReadOnlyList<string> Audience, TokenTimes Times)
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(LoginToken);
}

/// <summary>
/// Verifies the tokens of mounts, as strictly as access tokens: the algorithm is one of the list, the issuer the configured one, an end is
/// demanded, no other kind of token of the same issuer passes, and the signature, which costs most, is looked at last.
/// </summary>
internal sealed class LoginVerifier(
    LoginDirectory directory, SignatureGate gate, IEnumerable<IWorkloadProof> workloads, TimeProvider clock)
{
    // Proofs, log-out tokens and what else an issuer signs have types of their own (RFC 8725 section 3.11).
    private static readonly string[] Types = ["JWT", "AT+JWT", "APPLICATION/AT+JWT"];

    private static readonly Refusal Changed = new(TokenRefusalCodes.Busy, "the mount was changed at this moment");

    private static readonly Refusal NoTrustDomains = new(TokenRefusalCodes.TrustDomain, "this gateway has no trust domains");

    private static readonly Refusal NoKeys = new(TokenRefusalCodes.NoKeys, "no key of the mount is known");

    public async Task<Verdict<LoginToken>> Verify(Guid orgId, LoginMount mount, string token, CancellationToken cancellationToken)
    {
        if (mount.IsSpiffe)
        {
            return await Svid(orgId, token, cancellationToken);
        }

        if (await directory.Of(mount, cancellationToken) is not { } keys)
        {
            return Changed;
        }

        var verdict = await Judge(keys, token, cancellationToken);
        if (verdict.Refusal?.Code is not (TokenRefusalCodes.UnknownKey or TokenRefusalCodes.NoKeys))
        {
            return verdict;
        }

        // The issuer may have rotated: one look, shared and bounded, then the answer stands.
        await keys.Keys.RequestRefresh(cancellationToken);
        return await Judge(keys, token, cancellationToken);
    }

    // The module of trust domains verifies; what the SVID says besides is read of the very same text.
    private async Task<Verdict<LoginToken>> Svid(Guid orgId, string token, CancellationToken cancellationToken)
    {
        if (workloads.FirstOrDefault() is not { } workload)
        {
            return NoTrustDomains;
        }

        var verdict = await workload.Prove(token, orgId, cancellationToken);
        return verdict.Accepted ? Claims(token) : verdict.Refusal;
    }

    private static Verdict<LoginToken> Claims(string token)
    {
        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return refusal;
        }

        using (jws)
        {
            return JwtClaims.TryRead(jws.Payload, out var claims, out refusal) ? Of(jws, claims) : refusal;
        }
    }

    private static LoginToken Of(in CompactJws jws, in JwtClaims claims)
    {
        using var payload = JsonDocument.Parse(jws.Payload.ToArray());
        return new LoginToken(payload.RootElement.Clone(), claims.Subject, claims.Audience, claims.Times);
    }

    private async ValueTask<Verdict<LoginToken>> Judge(LoginKeys keys, string token, CancellationToken cancellationToken)
    {
        if (Read(token, keys.Config, ring: null) is { Accepted: false } unfit)
        {
            return unfit;
        }

        return keys.Ring is { } ring
            ? await gate.Prove(token, ring, () => Read(token, keys.Config, ring), cancellationToken)
            : NoKeys;
    }

    private Verdict<LoginToken> Read(string token, LoginConfig config, KeyRing? ring)
    {
        if (!CompactJws.TryParse(token, needsKeyId: !config.HasBareKeys, out var jws, out var refusal))
        {
            return refusal;
        }

        using (jws)
        {
            if (!JwtClaims.TryRead(jws.Payload, out var claims, out refusal))
            {
                return refusal;
            }

            refusal = Kind(jws.Header, claims, config)
                ?? claims.Times.Check(clock.GetUtcNow(), TokenTimes.MaxLeeway)
                ?? (ring is null ? null : config.HasBareKeys ? jws.VerifyByAny(ring) : jws.Verify(ring));
            return refusal is null ? Of(jws, claims) : refusal;
        }
    }

    private static Refusal? Kind(in JwsHeader header, in JwtClaims claims, LoginConfig config) =>
        !config.Allows(header.Algorithm)
            ? new Refusal(TokenRefusalCodes.Algorithm, $"alg is {header.Algorithm}, which jwt_supported_algs does not name")
        : header.Type is { } type && !Types.Contains(type.ToUpperInvariant(), StringComparer.Ordinal)
            ? new Refusal(TokenRefusalCodes.Type, "typ in its header is that of another kind of token")
        : claims.Has("events") ? new Refusal(TokenRefusalCodes.Type, "it is a log-out token or an event (events)")

        // RFC 7800: whoever holds such a token must also hold a key. Taken as a bearer token it would lose that protection.
        : claims.Has("cnf") ? new Refusal(TokenRefusalCodes.Bound, "the token is bound to its sender (cnf)")
        : config.ExpectedIssuer is { } issuer && !string.Equals(claims.Issuer, issuer, StringComparison.Ordinal)
            ? new Refusal(TokenRefusalCodes.Issuer, "iss is not that of the mount (bound_issuer, oidc_discovery_url)")
        : null;
}
