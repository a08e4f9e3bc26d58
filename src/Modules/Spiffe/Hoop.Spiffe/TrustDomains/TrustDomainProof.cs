using System.Text;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// Proves that whoever registers a trust domain holds its keys: for every key of the bundle one SVID of that trust domain, signed by
/// the key, with the audience <c>hoop-register:ORGANIZATION</c>. One SVID for the whole bundle would prove nothing, because anybody can
/// write another's public keys beside a key of his own. So only a bundle that stands in the request can be proven: what a URL serves
/// tomorrow nobody can prove today.
/// </summary>
internal sealed class TrustDomainProof(TimeProvider clock)
{
    public const int MostTokens = 16;

    public static string AudienceOf(Guid orgId) => $"hoop-register:{orgId}";

    /// <summary>Null when everything is proven; else what is missing.</summary>
    public string? Problem(TrustDomainInput input, Guid orgId)
    {
        if (input.Proofs is not { Length: > 0 } tokens || input.BundleJwks is not { } jwks)
        {
            return "no bundle_jwks with proofs was sent";
        }

        if (!TrustDomain.TryParse(input.Name, out var name, out var reason))
        {
            return reason;
        }

        if (!BundleParser.Parse(name, Encoding.UTF8.GetBytes(jwks), DateTimeOffset.UnixEpoch).Succeeded(out var bundle, out var error))
        {
            return error.Message;
        }

        var proven = new HashSet<string>(StringComparer.Ordinal);
        foreach (var token in tokens)
        {
            if (Key(token.Reveal(), bundle, orgId, out var problem) is not { } key)
            {
                return problem;
            }

            proven.Add(key.Thumbprint);
        }

        return bundle.Keys.Count == 0 ? "the bundle holds no key that verifies JWT-SVIDs"
            : bundle.Keys.Keys.FirstOrDefault(key => !proven.Contains(key.Thumbprint)) is { } missing
                ? $"no proof is signed by the key {Printable.Word(missing.KeyId ?? "")}"
                : null;
    }

    private VerificationKey? Key(string token, Bundle bundle, Guid orgId, out string? problem)
    {
        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            problem = $"a proof is not an SVID: {refusal.Reason}";
            return null;
        }

        using (jws)
        {
            refusal = jws.Verify(bundle.Keys);
            if (refusal is not null || !JwtClaims.TryRead(jws.Payload, out var claims, out refusal))
            {
                problem = $"a proof does not hold: {refusal.Reason}";
                return null;
            }

            refusal = claims.Times.Check(clock.GetUtcNow(), TokenTimes.MaxLeeway);
            problem = !SpiffeId.TryParse(claims.Subject, out var id, out _)
                || id.TrustDomain != bundle.TrustDomain ? $"the sub of a proof is not of {bundle.TrustDomain}"
                : !claims.Audience.Contains(AudienceOf(orgId), StringComparer.Ordinal) ? $"the aud of a proof is not {AudienceOf(orgId)}"
                : refusal?.Reason;
            return problem is null ? bundle.Keys.Find(jws.Header.KeyId, jws.Header.Algorithm) : null;
        }
    }
}
