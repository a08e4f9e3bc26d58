using Hoop.Shared.Jose;

namespace Hoop.Spiffe.Svids;

/// <summary>
/// A JWT-SVID that was verified. Only <see cref="JwtSvidVerifier"/> makes one. It holds nothing of the token that rights could be
/// read from except the identity.
/// </summary>
/// <param name="Audience"><c>aud</c>, all of it.</param>
/// <param name="KeyId">The key of the trust domain that signed it.</param>
internal sealed record JwtSvid(SpiffeId SpiffeId, IReadOnlyList<string> Audience, TokenTimes Times, string KeyId)
{
    public TrustDomain TrustDomain => SpiffeId.TrustDomain;

    public DateTimeOffset ExpiresAt => Times.ExpiresAt;

    public DateTimeOffset? IssuedAt => Times.IssuedAt;
}
