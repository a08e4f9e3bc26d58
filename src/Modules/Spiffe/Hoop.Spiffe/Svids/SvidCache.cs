using Hoop.Shared.Jose;
using Hoop.Spiffe.TrustDomains;

namespace Hoop.Spiffe.Svids;

/// <summary>
/// Remembers that a token's signature was good. An entry is bound to the SHA-256 of the whole token, to the version of the bundle and to
/// the version of the configuration, and ends with the token; whoever finds it judges audience and times anew. So nothing is accepted
/// from here that would be refused without it (CVE-2026-33496, CVE-2026-49998, CVE-2025-26620).
/// </summary>
/// <remarks>Refusals are not remembered here, so bad tokens cost no room.</remarks>
internal sealed class SvidCache(TimeProvider clock, int capacity = SvidCache.DefaultCapacity)
{
    /// <summary>About 10 MB when full.</summary>
    public const int DefaultCapacity = 16_384;

    private readonly TokenMemory<Entry> _memory = new(clock, capacity);

    public int Count => _memory.Count;

    /// <summary>
    /// The SVID of exactly this token, when its signature was verified with the bundle that is current now and under these options.
    /// </summary>
    public JwtSvid? Find(string? token, IBundles bundles, JwtSvidOptions options) =>
        _memory.Find(token) is { } entry
            && entry.Options == options.Version
            && bundles.Find(entry.Svid.TrustDomain)?.Version == entry.Bundle
            ? entry.Svid
            : null;

    /// <summary>
    /// To be called only for a token that was verified with <paramref name="bundle"/> and accepted under <paramref name="options"/>.
    /// </summary>
    public void Add(string token, JwtSvid svid, Bundle bundle, JwtSvidOptions options) =>
        _memory.Add(token, new Entry(svid, bundle.Version, options.Version), svid.ExpiresAt - clock.GetUtcNow() + options.Leeway);

    private sealed record Entry(JwtSvid Svid, Guid Bundle, Guid Options);
}
