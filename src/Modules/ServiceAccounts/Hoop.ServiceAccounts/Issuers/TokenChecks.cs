using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>One question about a token.</summary>
/// <param name="Step">Stable, snake_case.</param>
/// <param name="Accepted">The answer.</param>
/// <param name="Detail">What was found; of a refusal, why.</param>
internal sealed record TokenStep(string Step, bool Accepted, string Detail);

/// <summary>
/// Everything about a token that needs no key, in the order of what it costs. With a list it asks every question and writes down the
/// answers; without one it stops at the first refusal.
/// </summary>
internal static class TokenChecks
{
    private const int MaxSubject = 255;

    /// <summary>Where providers name the client of an access token: RFC 9068, OpenID Connect, Okta, Entra ID.</summary>
    public static readonly IReadOnlyList<string> ClientClaims = ["client_id", "azp", "cid", "appid"];

    public static Refusal? First(
        in CompactJws jws, in JwtClaims claims, TrustedIssuer issuer, DateTimeOffset now, List<TokenStep>? steps = null)
    {
        var track = new Track(steps);
        if (track.Ends("type", AccessTokenKind.Check(jws.Header.Type, claims, issuer.ClientId), "an access token")
            || track.Ends("audience", Audience(claims, issuer), "names this gateway")
            || track.Ends("required_claims", Required(jws.Header, claims, issuer), "all there")
            || track.Ends("subject", Subject(claims, issuer, out var subject), Printable.Word(subject ?? ""))
            || track.Ends("times", claims.Times.Check(now, issuer.Leeway), $"good until {claims.Times.ExpiresAt.UtcDateTime:O}"))
        {
            return track.First;
        }

        _ = track.Ends("algorithm", Algorithm(jws.Header, issuer), jws.Header.Algorithm.ToString());
        return track.First;
    }

    /// <summary>
    /// The same about what an issuer told of an opaque token. It has no header, and need not say whose it is: that one was asked.
    /// </summary>
    public static Refusal? FirstOfIntrospected(
        in JwtClaims claims, TrustedIssuer issuer, DateTimeOffset now, List<TokenStep>? steps = null)
    {
        var track = new Track(steps);
        var other = claims.Issuer is null || claims.Issuer == issuer.Issuer ? null
            : new Refusal(TokenRefusalCodes.Issuer, $"iss is {Shown(claims.Issuer)}; expected {issuer.Issuer}");
        _ = track.Ends("iss", other, claims.Issuer ?? "not said; the issuer that was asked")
            || track.Ends("type", AccessTokenKind.CheckIntrospected(claims), "an access token")
            || track.Ends("audience", Audience(claims, issuer, isIntrospected: true), "names this gateway")
            || track.Ends("required_claims", Required(claims, issuer), "all there")
            || track.Ends("subject", Subject(claims, issuer, out var subject), Printable.Word(subject ?? ""))
            || track.Ends("times", TimesOfIntrospected(claims.Times, now, issuer), $"good until {claims.Times.ExpiresAt.UtcDateTime:O}");
        return track.First;
    }

    /// <summary>The end has no leeway: the issuer's answer may be a minute old already.</summary>
    public static Refusal? TimesOfIntrospected(TokenTimes times, DateTimeOffset now, TrustedIssuer issuer) => times.ExpiresAt <= now
        ? times.Check(now, TimeSpan.Zero)
        : times.Check(now, issuer.Leeway);

    /// <summary>The subject as the issuer names it; null when there is none.</summary>
    public static string? SubjectOf(in JwtClaims claims, TrustedIssuer issuer) =>
        issuer.Claims.Subject == "sub" ? claims.Subject
        : claims.TryGetString(issuer.Claims.Subject, out var subject) ? subject
        : null;

    /// <summary>Whether it was given to a client by which people do not sign in any more.</summary>
    public static bool IsOfFormerClient(in JwtClaims claims, TrustedIssuer issuer)
    {
        if (issuer.FormerClients.Count > 0)
        {
            foreach (var claim in ClientClaims)
            {
                if (claims.TryGetString(claim, out var client) && issuer.FormerClients.Contains(client, StringComparer.Ordinal))
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Whether the token is for this issuer's audience, where several organizations trust one issuer.</summary>
    public static bool IsFor(in JwtClaims claims, TrustedIssuer issuer) => Audience(claims, issuer) is null;

    private static Refusal? Audience(in JwtClaims claims, TrustedIssuer issuer, bool isIntrospected = false)
    {
        if (claims.Audience.Any(audience => issuer.Audiences.Contains(audience, StringComparer.Ordinal)))
        {
            return null;
        }

        var expected = string.Join(" or ", issuer.Audiences);
        if (issuer.AudienceClaim == TrustedIssuer.Aud || claims.Audience.Length > 0)
        {
            var aud = claims.Audience.Length == 0 ? "missing" : Shown(string.Join(", ", claims.Audience));
            return new Refusal(
                TokenRefusalCodes.Audience, $"aud is {aud}; expected {expected} ({issuer.Place("HOOP_OIDC_AUDIENCE", "audiences")})");
        }

        // Amazon Cognito names no audience in its access tokens: there the client that got the token stands for it.
        return claims.TryGetString(issuer.AudienceClaim, out var client) && issuer.Audiences.Contains(client, StringComparer.Ordinal)
            && (isIntrospected || (claims.TryGetString("token_use", out var use) && use == "access"))
            ? null
            : new Refusal(
                TokenRefusalCodes.Audience,
                $"{issuer.AudienceClaim} is {Shown(client)}; expected {expected} in a token with token_use access ({issuer.Place("HOOP_OIDC_AUDIENCE_CLAIM", "audience_claim")})");
    }

    private static Refusal? Required(in JwsHeader header, in JwtClaims claims, TrustedIssuer issuer) =>
        issuer.Preset.NeedsAccessTokenType && header.Type?.ToUpperInvariant() is not ("AT+JWT" or "APPLICATION/AT+JWT")
            ? new Refusal(TokenRefusalCodes.Type, $"typ in its header is not at+jwt, as the preset {issuer.Preset.Name} demands")
            : Required(claims, issuer);

    private static Refusal? Required(in JwtClaims claims, TrustedIssuer issuer)
    {
        foreach (var (name, values) in issuer.Required)
        {
            var found = claims.TryGetStrings(name, out var texts);
            var missing = !claims.Has(name)
                || (values.Length > 0 && (!found || !texts.Any(text => values.Contains(text, StringComparer.Ordinal))));
            if (missing)
            {
                return new Refusal(
                    TokenRefusalCodes.Claims,
                    values.Length == 0
                        ? $"the claim {Printable.Word(name)} is missing, which every access token of this issuer has"
                        : $"the claim {Printable.Word(name)} is not {string.Join(" or ", values.Select(Printable.Word))}");
            }
        }

        return issuer.Preset.Rule?.Invoke(claims, issuer.Issuer) is { } problem
            ? new Refusal(TokenRefusalCodes.Claims, $"{problem} (preset {issuer.Preset.Name})")
            : null;
    }

    // A SPIFFE ID belongs to the other verifier; one kind of token never stands in for another (RFC 8725 section 3.12).
    private static Refusal? Subject(in JwtClaims claims, TrustedIssuer issuer, out string? subject)
    {
        subject = SubjectOf(claims, issuer);
        return subject is not { Length: > 0 and <= MaxSubject }
            || subject.Any(char.IsControl)
            || subject.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase)
            ? new Refusal(TokenRefusalCodes.Subject, $"{issuer.Claims.Subject} is missing, too long, or not that of an account")
            : null;
    }

    private static Refusal? Algorithm(in JwsHeader header, TrustedIssuer issuer) => issuer.Algorithms.Contains(header.Algorithm)
        ? null
        : new Refusal(
            TokenRefusalCodes.Algorithm,
            $"alg is {header.Algorithm}; this issuer signs with {string.Join(", ", issuer.Algorithms.Order())} (algorithms)");

    private static string Shown(string? text) => text is null ? "missing" : $"\"{Printable.Word(text)}\"";

    private struct Track(List<TokenStep>? steps)
    {
        public Refusal? First { get; private set; }

        public bool Ends(string step, Refusal? refusal, string good)
        {
            steps?.Add(new TokenStep(step, refusal is null, refusal?.Reason ?? good));
            First ??= refusal;
            return refusal is not null && steps is null;
        }
    }
}
