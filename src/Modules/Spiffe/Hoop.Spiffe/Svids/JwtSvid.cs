using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Hoop.Shared.Jose;

namespace Hoop.Spiffe.Svids;

/// <summary>A JWT-SVID that was verified. Only <see cref="JwtSvidVerifier"/> makes one. It holds nothing of the token that rights could be read from except the identity.</summary>
/// <param name="Audience"><c>aud</c>, all of it.</param>
/// <param name="KeyId">The key of the trust domain that signed it.</param>
internal sealed record JwtSvid(SpiffeId SpiffeId, IReadOnlyList<string> Audience, TokenTimes Times, string KeyId)
{
    public TrustDomain TrustDomain => SpiffeId.TrustDomain;

    public DateTimeOffset ExpiresAt => Times.ExpiresAt;

    public DateTimeOffset? IssuedAt => Times.IssuedAt;
}

/// <summary>Either an SVID or the reason why there is none. The default value is neither, and counts as refused.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SvidVerdict
{
    private SvidVerdict(JwtSvid? svid, TokenRefusal? refusal) => (Svid, Refusal) = (svid, refusal);

    [MemberNotNullWhen(true, nameof(Svid))]
    [MemberNotNullWhen(false, nameof(Refusal))]
    public bool Accepted => Svid is not null;

    public JwtSvid? Svid { get; }

    /// <summary>For the log and the metric; the caller is told nothing of it.</summary>
    public TokenRefusal? Refusal => Svid is null ? field ?? Nothing : null;

    private static TokenRefusal Nothing { get; } = new(TokenRefusalCodes.Malformed, "nothing was verified");

    public static implicit operator SvidVerdict(JwtSvid svid) => new(svid, null);

    public static implicit operator SvidVerdict(TokenRefusal refusal) => new(null, refusal);
}
