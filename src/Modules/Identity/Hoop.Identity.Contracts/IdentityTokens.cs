using System.Text.Json;
using Hoop.Shared.Callers;
using MediatR;

namespace Hoop.Identity.Contracts;

/// <summary>
/// Signs a token with the organization's key <c>default</c>, which a cloud can be told to trust: its issuer publishes the keys. The
/// token says <c>iss</c>, <c>sub</c>, <c>aud</c>, <c>iat</c>, <c>exp</c>, <c>jti</c> and the given claims. Whoever asks records it in the
/// audit trail, with <see cref="IdentityToken.TokenId"/>.
/// </summary>
/// <param name="OrgId">Whose key signs.</param>
/// <param name="Subject"><c>sub</c>, 1 to 255 printable ASCII characters: who the token is about, stable and never given again.</param>
/// <param name="Audience"><c>aud</c>, 1 to 1024 characters: the one verifier that shall take it.</param>
/// <param name="Lifetime">A second at least; cut to the time for which the key stays published.</param>
/// <param name="Claims">Further claims; none of those above, of <c>nbf</c>, and not more than 4 KiB together.</param>
public sealed record MintIdentityToken(
    Guid OrgId, string Subject, string Audience, TimeSpan Lifetime, IReadOnlyDictionary<string, JsonElement>? Claims = null)
    : IRequest<Verdict<IdentityToken>>;

/// <param name="Token">The compact JWT.</param>
/// <param name="TokenId">Its <c>jti</c>.</param>
/// <param name="KeyId">Its <c>kid</c>.</param>
/// <param name="Issuer">Its <c>iss</c>; the discovery document lies below it.</param>
public sealed record IdentityToken(string Token, Guid TokenId, Guid KeyId, string Issuer, DateTimeOffset ExpiresAt)
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => $"IdentityToken {{ TokenId = {TokenId} }}";
}

/// <summary>The <c>iss</c> of the organization's tokens: what a cloud is told to trust.</summary>
public sealed record GetIdentityIssuer(Guid OrgId) : IRequest<string>;

/// <summary>
/// Is this one of the organization's own identity tokens, for this audience, and does it hold now? Says nothing about whom it is about.
/// </summary>
/// <param name="OrgId">Whose issuer it must be.</param>
/// <param name="Token">The compact JWT.</param>
/// <param name="Audience">That it must have; never empty.</param>
public sealed record VerifyIdentityToken(Guid OrgId, string Token, string Audience) : IRequest<Verdict<VerifiedIdentityToken>>
{
    /// <summary>The token is never printed.</summary>
    public override string ToString() => nameof(VerifyIdentityToken);
}

/// <param name="Subject">Its <c>sub</c>.</param>
/// <param name="Claims">All that it says.</param>
public sealed record VerifiedIdentityToken(string Subject, JsonElement Claims)
{
    public override string ToString() => nameof(VerifiedIdentityToken);
}
