using Hoop.Shared.Jose;
using Hoop.Shared.Text;
using Hoop.Spiffe.TrustDomains;

namespace Hoop.Spiffe.Svids;

/// <summary>
/// Verifies JWT-SVIDs to the JWT-SVID standard, sections 2 to 4, strictly where it leaves room: <c>kid</c> is demanded, nothing may be
/// repeated, and the trust domain of <c>sub</c> alone selects the keys. The signature, which costs most, is looked at last. Never
/// throws for a token and never waits for the network. Safe for any number of threads.
/// </summary>
/// <param name="cache">Remembers good signatures; null: each token is verified anew.</param>
internal sealed class JwtSvidVerifier(IBundles bundles, JwtSvidOptions options, TimeProvider clock, SvidCache? cache = null)
{
    public Verdict<JwtSvid> Verify(string? token) => Verify(token, prove: true, out _)!.Value;

    /// <summary>
    /// The verdict, when it needs no look at the signature; null when only that is missing, to be proven with
    /// <paramref name="keys"/>.
    /// </summary>
    public Verdict<JwtSvid>? Precheck(string? token, out KeyRing? keys)
    {
        var verdict = Verify(token, prove: false, out var bundle);
        keys = bundle?.Keys;
        return verdict;
    }

    private Verdict<JwtSvid>? Verify(string? token, bool prove, out Bundle? bundle)
    {
        bundle = null;
        if (cache?.Find(token, bundles, options) is { } remembered)
        {
            return Judge(remembered);
        }

        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return refusal;
        }

        using (jws)
        {
            if (Read(jws, out bundle, out var svid) is { } reason)
            {
                return reason;
            }

            var verdict = Judge(svid!);
            if (!verdict.Accepted)
            {
                return verdict;
            }

            // What is bad with any keys was said already.
            if (bundle is null)
            {
                return new Refusal(TokenRefusalCodes.NoKeys, $"no bundle of the trust domain {svid!.TrustDomain} could be fetched");
            }

            if (!prove)
            {
                return null;
            }

            if (jws.Verify(bundle.Keys) is { } forged)
            {
                return forged;
            }

            cache?.Add(token!, svid!, bundle, options);
            return verdict;
        }
    }

    /// <summary>What the token says, and whose keys it must be proven with.</summary>
    private Refusal? Read(in CompactJws jws, out Bundle? bundle, out JwtSvid? svid)
    {
        (bundle, svid) = (null, null);
        // Section 2.3. Compared exactly, as the standard spells them.
        if (jws.Header.Type is not (null or "JWT" or "JOSE"))
        {
            return new Refusal(TokenRefusalCodes.Type, $"typ {Printable.Word(jws.Header.Type)} is not that of a JWT-SVID");
        }

        if (!JwtClaims.TryRead(jws.Payload, out var claims, out var refusal))
        {
            return refusal;
        }

        if (!SpiffeId.TryParse(claims.Subject, out var id, out var problem))
        {
            return new Refusal(TokenRefusalCodes.Subject, claims.Subject is null ? "sub is missing" : $"sub is not a SPIFFE ID: {problem}");
        }

        var found = bundles.Find(id.TrustDomain);
        var isThere = found?.TrustDomain == id.TrustDomain;
        if (!isThere && !bundles.Knows(id.TrustDomain))
        {
            return new Refusal(
                TokenRefusalCodes.TrustDomain, $"there is no bundle of the trust domain {Printable.Word(id.TrustDomain.Name)}");
        }

        (bundle, svid) = (isThere ? found : null, new JwtSvid(id, claims.Audience, claims.Times, jws.Header.KeyId));
        return null;
    }

    /// <summary>Everything that depends on the configuration and the clock: asked again each time, for a remembered SVID too.</summary>
    private Verdict<JwtSvid> Judge(JwtSvid svid)
    {
        if (!options.Accepts(svid.Audience))
        {
            return new Refusal(TokenRefusalCodes.Audience, AudienceProblem(svid.Audience));
        }

        return svid.Times.Check(clock.GetUtcNow(), options.Leeway, options.MaxLifetime) is { } refusal ? refusal : svid;
    }

    private string AudienceProblem(IReadOnlyList<string> audience) =>
        $"aud is {(audience.Count == 0 ? "missing or empty" : Printable.Word(string.Join(", ", audience)))}; expected {string.Join(" or ", options.Audiences)}";
}
