using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.ServiceAccounts.Issuers;

/// <summary>
/// Verifies access tokens in JWT form: RFC 9068 where the provider follows it, RFC 8725 in any case. It says whose token this is and until
/// when it holds, and nothing else: groups come from stored rows. The signature, which costs most, is looked at last.
/// </summary>
internal sealed class AccessTokenVerifier(
    IssuerDirectory directory, IssuerOptions options, SignatureGate gate, TimeProvider clock)
{
    private const int RememberedTokens = 8192;

    private readonly TokenMemory<ProvenToken> _proven = new(clock, RememberedTokens);

    /// <summary>The subject of a good token, or why it is refused.</summary>
    public async Task<Verdict<VerifiedToken>> Verify(string token, CancellationToken cancellationToken)
    {
        var verdict = await Judge(token, cancellationToken);
        return verdict.Refusal?.Code switch
        {
            // A row may have been written a moment ago.
            TokenRefusalCodes.Issuer or TokenRefusalCodes.Audience or Disabled when await directory.CatchUp(cancellationToken) =>
                await Judge(token, cancellationToken),

            // The provider may have rotated: one look, shared and bounded, then the answer stands.
            TokenRefusalCodes.UnknownKey or TokenRefusalCodes.NoKeys when Find(token).Proven is { } entry =>
                await Renewed(entry, token, cancellationToken),
            _ => verdict,
        };
    }

    private const string Disabled = "disabled";

    private async Task<Verdict<VerifiedToken>> Renewed(IssuerEntry entry, string token, CancellationToken cancellationToken)
    {
        await entry.Keys.RequestRefresh(cancellationToken);
        return await Judge(token, cancellationToken);
    }

    private async ValueTask<Verdict<VerifiedToken>> Judge(string token, CancellationToken cancellationToken)
    {
        // A remembered token is proven by the keys and the settings of now, and judged by the clock of now.
        if (_proven.Find(token) is { Entry.IsGone: false } known && ReferenceEquals(known.Ring, known.Entry.Ring))
        {
            return known.Times.Check(clock.GetUtcNow(), known.Entry.Trusted.Leeway) is { } ended ? ended : known.Token;
        }

        var found = Find(token);
        if (!found.Accepted)
        {
            return found.Refusal;
        }

        var (entry, ring) = (found.Proven, found.Proven.Ring);
        if (Read(token, entry, ring: null) is { Accepted: false } unfit)
        {
            return unfit;
        }

        return ring is null
            ? new Refusal(TokenRefusalCodes.NoKeys, "no key of the issuer is known")
            : await gate.Prove(token, ring, () => Read(token, entry, ring), cancellationToken);
    }

    /// <summary>Whose token it says it is: the issuer, and of several organizations that trust it the one of the audience.</summary>
    public Verdict<IssuerEntry> Find(string token)
    {
        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return refusal;
        }

        using (jws)
        {
            return JwtClaims.TryRead(jws.Payload, out var claims, out refusal) ? Find(claims) : refusal;
        }
    }

    private Verdict<IssuerEntry> Find(in JwtClaims claims)
    {
        if (directory.Entries.Count == 0)
        {
            return new Refusal(Disabled, "no identity provider is configured (HOOP_OIDC_ISSUER, or POST /api/issuers)");
        }

        var candidates = claims.Issuer is { } name ? directory.FindAll(name) : [];
        if (candidates.Count <= 1)
        {
            return candidates.Count == 1 ? candidates[0] : UnknownIssuer(claims);
        }

        IssuerEntry? found = null;
        foreach (var candidate in candidates)
        {
            if (TokenChecks.IsFor(claims, candidate.Trusted))
            {
                // What the operator configured is not taken by a row of whatever organization.
                if (found is { Trusted.IsConfigured: true })
                {
                    break;
                }

                if (found is not null)
                {
                    return new Refusal(TokenRefusalCodes.Audience, "aud names two organizations of this gateway");
                }

                found = candidate;
            }
        }

        return found ?? candidates[0];
    }

    private Refusal UnknownIssuer(in JwtClaims claims)
    {
        var shown = claims.Issuer is null ? "missing" : $"\"{Printable.Word(claims.Issuer)}\"";
        return new Refusal(
            TokenRefusalCodes.Issuer,
            options.Trusted is { } configured
                ? $"iss is {shown}; expected {configured.Issuer} (HOOP_OIDC_ISSUER), or one of /api/issuers"
                : $"iss is {shown}, and no such issuer is trusted (/api/issuers)");
    }

    /// <summary>Everything that the token says; with a ring also whether it is true, and then it is remembered.</summary>
    private Verdict<VerifiedToken> Read(string token, IssuerEntry entry, KeyRing? ring)
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

            var (trusted, now) = (entry.Trusted, clock.GetUtcNow());
            refusal = !string.Equals(claims.Issuer, trusted.Issuer, StringComparison.Ordinal) ? UnknownIssuer(claims)
                : TokenChecks.First(jws, claims, trusted, now) ?? (ring is null ? null : jws.Verify(ring));
            if (refusal is not null)
            {
                return refusal;
            }

            var verified = new VerifiedToken(entry, TokenChecks.SubjectOf(claims, trusted)!, claims.Times.ExpiresAt)
            {
                IsOfFormerClient = TokenChecks.IsOfFormerClient(claims, trusted),
            };
            if (ring is not null)
            {
                _proven.Add(token, new ProvenToken(verified, claims.Times, entry, ring), claims.Times.ExpiresAt - now + trusted.Leeway);
            }

            return verified;
        }
    }

    private sealed record ProvenToken(VerifiedToken Token, TokenTimes Times, IssuerEntry Entry, KeyRing Ring);
}

/// <summary>What a good access token proves.</summary>
/// <param name="Entry">Whose it is; whoever grants access compares its version with the row.</param>
internal sealed record VerifiedToken(IssuerEntry Entry, string Subject, DateTimeOffset ExpiresAt)
{
    public Guid OrgId => Entry.Trusted.OrgId;

    public string Issuer => Entry.Trusted.Issuer;

    /// <summary>Of people it is over: they sign in by another client now.</summary>
    public bool IsOfFormerClient { get; init; }

    /// <summary>What the issuer told about an opaque token; null for a JWT, which has them itself.</summary>
    public JsonElement? Claims { get; init; }

    /// <summary>By the monotonic clock, when the issuer is to be asked again; null for a JWT.</summary>
    public long? CountsUntil { get; init; }

    /// <summary>How long that is from now.</summary>
    public TimeSpan? CountsFor(TimeProvider clock) => CountsUntil is not { } until ? null
        : until <= clock.GetTimestamp() ? TimeSpan.Zero
        : clock.GetElapsedTime(clock.GetTimestamp(), until);
}
