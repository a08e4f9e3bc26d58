using Hoop.ServiceAccounts.Issuers;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.People;

/// <summary>
/// Is this a token with which a person may sign in: an ID token for the client of this gateway (OpenID Connect Core 1.0 section 3.1.3.7),
/// or an access token that this client was given? The client is public, so no program can have got one for itself. The nonce is the
/// business of whoever began the sign-in: <c>hoop login</c> compares it.
/// </summary>
internal sealed class SignInVerifier(
    IssuerDirectory directory, AccessTokenVerifier accessTokens, SignatureGate gate, TimeProvider clock)
{
    private static readonly Refusal Disabled = new(
        "disabled", "people cannot sign in: HOOP_OIDC_ISSUER and HOOP_OIDC_CLIENT_ID are needed, or an issuer with people (/api/issuers)");

    public async Task<Verdict<ProvenPerson>> VerifyIdToken(string token, CancellationToken cancellationToken)
    {
        var found = Find(token);
        if (found.Refusal?.Code is TokenRefusalCodes.Issuer or TokenRefusalCodes.Audience or "disabled"
            && await directory.CatchUp(cancellationToken))
        {
            // A row may have been written a moment ago.
            found = Find(token);
        }

        if (found.Proven is not { } entry)
        {
            return found.Refusal!;
        }

        var verdict = await Verify(token, entry, cancellationToken);
        if (verdict.Refusal?.Code is TokenRefusalCodes.UnknownKey or TokenRefusalCodes.NoKeys)
        {
            // The provider may have rotated: one look, shared and bounded, then the answer stands.
            await entry.Keys.RequestRefresh(cancellationToken);
            verdict = await Verify(token, entry, cancellationToken);
        }

        return verdict.Accepted ? new ProvenPerson(entry, verdict.Proven, ByIdToken: true) : verdict.Refusal;
    }

    public async Task<Verdict<ProvenPerson>> VerifyAccessToken(string token, CancellationToken cancellationToken)
    {
        if (!directory.Entries.Any(one => one.Trusted.People is not null))
        {
            return Disabled;
        }

        var verdict = await accessTokens.Verify(token, cancellationToken);
        if (!verdict.Accepted)
        {
            return verdict.Refusal;
        }

        var entry = verdict.Proven.Entry;
        if (entry.Trusted is not { People: not null, ClientId: { } client })
        {
            return new Refusal(
                TokenRefusalCodes.Issuer, "people sign in at an issuer that says so: HOOP_OIDC_CLIENT_ID, or people of /api/issuers");
        }

        var person = OfClient(token, client, entry.Trusted);
        return person.Accepted ? new ProvenPerson(entry, person.Proven, ByIdToken: false) : person.Refusal;
    }

    /// <summary>Whose sign-in it says it is. Issuer and client together belong to one organization of the gateway.</summary>
    private Verdict<IssuerEntry> Find(string token)
    {
        if (!directory.Entries.Any(one => one.Trusted.People is not null))
        {
            return Disabled;
        }

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

            var (audience, named) = (claims.Audience, claims.Issuer is { } name ? directory.FindAll(name) : []);
            IssuerEntry[] candidates = [.. named.Where(one => one.Trusted.People is not null)];
            return candidates.FirstOrDefault(one => one.Trusted.IsConfigured && Names(one))
                ?? candidates.FirstOrDefault(Names) ?? candidates.FirstOrDefault()
                ?? (Verdict<IssuerEntry>)UnknownIssuer(claims.Issuer);

            bool Names(IssuerEntry entry) => audience.Contains(entry.Trusted.ClientId, StringComparer.Ordinal);
        }
    }

    private Refusal UnknownIssuer(string? issuer)
    {
        var configured = directory.Entries.FirstOrDefault(one => one.Trusted is { IsConfigured: true, People: not null });
        return new Refusal(
            TokenRefusalCodes.Issuer,
            $"iss is {Printable.Word(issuer ?? "missing")}; expected {(configured is null ? "" : $"{configured.Trusted.Issuer} (HOOP_OIDC_ISSUER), or ")}one of /api/issuers with people");
    }

    private async ValueTask<Verdict<PersonClaims>> Verify(string token, IssuerEntry entry, CancellationToken cancellationToken)
    {
        var (issuer, ring) = (entry.Trusted, entry.Ring);
        if (Read(token, issuer, ring: null) is { Accepted: false } unfit)
        {
            return unfit;
        }

        return ring is null
            ? new Refusal(TokenRefusalCodes.NoKeys, "no key of the issuer is known")
            : await gate.Prove(token, ring, () => Read(token, issuer, ring), cancellationToken);
    }

    private Verdict<PersonClaims> Read(string token, TrustedIssuer issuer, KeyRing? ring)
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

            refusal = CheckIssuer(claims, issuer) ?? CheckKind(jws.Header.Type, claims) ?? CheckAudience(claims, issuer)
                ?? CheckPerson(claims, issuer) ?? claims.Times.Check(clock.GetUtcNow(), issuer.Leeway)
                ?? (ring is null ? null : jws.Verify(ring));
            return refusal is null ? PersonClaims.Of(claims, issuer.People!) : refusal;
        }
    }

    private Refusal? CheckIssuer(in JwtClaims claims, TrustedIssuer issuer) =>
        string.Equals(claims.Issuer, issuer.Issuer, StringComparison.Ordinal) ? null : UnknownIssuer(claims.Issuer);

    // RFC 8725 section 3.11: what says that it is something else is something else.
    private static Refusal? CheckKind(string? type, in JwtClaims claims)
    {
        if (type is not null && !type.Equals("JWT", StringComparison.OrdinalIgnoreCase))
        {
            return Other($"typ {Printable.Word(type)} in its header");
        }

        if (claims.Has("events"))
        {
            return Other("it has the claim events, as log-out tokens do");
        }

        if (claims.Has("token_use") && (!claims.TryGetString("token_use", out var use) || use != "id"))
        {
            return Other("token_use is not id");
        }

        return claims.Has("typ")
            && (!claims.TryGetString("typ", out var kind) || !string.Equals(kind, "ID", StringComparison.OrdinalIgnoreCase))
            ? Other("its claim typ is not ID")
            : null;
    }

    private static Refusal? CheckAudience(in JwtClaims claims, TrustedIssuer issuer)
    {
        var client = issuer.ClientId!;
        if (!claims.Audience.Contains(client, StringComparer.Ordinal))
        {
            var told = Printable.Word(string.Join(", ", claims.Audience));
            return new Refusal(TokenRefusalCodes.Audience, $"aud is \"{told}\"; expected {client} ({issuer.Place("HOOP_OIDC_CLIENT_ID", "client_id")})");
        }

        // Of several audiences, azp says whose the token is.
        var named = claims.TryGetString("azp", out var party);
        return named && (party == client || (party is null && claims.Audience.Length == 1))
            ? null
            : new Refusal(TokenRefusalCodes.Audience, $"azp is \"{Printable.Word(party ?? "")}\"; expected {client}");
    }

    private static Refusal? CheckPerson(in JwtClaims claims, TrustedIssuer issuer)
    {
        if (claims.Subject is not { Length: > 0 and <= 255 } subject || subject.Any(char.IsControl)
            || subject.StartsWith("spiffe:", StringComparison.OrdinalIgnoreCase))
        {
            return new Refusal(TokenRefusalCodes.Subject, "sub is missing, too long, or not that of a person");
        }

        return issuer.People!.HostedDomain is not { } domain
            || (claims.TryGetString("hd", out var hosted) && string.Equals(hosted, domain, StringComparison.OrdinalIgnoreCase))
            ? null
            : new Refusal("hosted_domain", $"hd is not {domain} ({issuer.Place("HOOP_OIDC_HOSTED_DOMAIN", "people.hosted_domain")})");
    }

    private static Verdict<PersonClaims> OfClient(string token, string client, TrustedIssuer issuer)
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

            var (named, isOurs) = (false, true);
            foreach (var claim in TokenChecks.ClientClaims)
            {
                if (claims.Has(claim))
                {
                    (named, isOurs) = (true, isOurs && claims.TryGetString(claim, out var holder) && holder == client);
                }
            }

            refusal = !named || !isOurs
                ? new Refusal("not_a_person", $"the access token was not given to {client} ({issuer.Place("HOOP_OIDC_CLIENT_ID", "client_id")}), so it may be a program's")
                : claims.Subject == client
                    ? new Refusal("not_a_person", "the access token is the client's own, and nobody's who signed in with it")
                    : CheckPerson(claims, issuer);
            return refusal is null ? PersonClaims.Of(claims, issuer.People!) : refusal;
        }
    }

    private static Refusal Other(string reason) => new(TokenRefusalCodes.Type, "not an ID token: " + reason);
}
