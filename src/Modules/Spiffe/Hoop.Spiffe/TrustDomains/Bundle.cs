using Hoop.Shared.Jose;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// The bundle of one trust domain as it was at one moment. A new state is a new object, so a verification works on one state from
/// beginning to end.
/// </summary>
/// <param name="Keys">The keys that verify JWT-SVIDs, by <c>kid</c> and algorithm, and what else the document holds. May be empty: the
/// trust domain has revoked all of them.</param>
/// <param name="Sequence"><c>spiffe_sequence</c>; a smaller one than that of the bundle in use is an older state.</param>
/// <param name="RefreshHint"><c>spiffe_refresh_hint</c>; the standard's default is five minutes.</param>
/// <param name="Version">Names the content: the same document of the same trust domain gives the same version, any other gives
/// another.</param>
/// <param name="LoadedAt">When it was read from its source.</param>
internal sealed record Bundle(
    TrustDomain TrustDomain,
    KeyRing Keys,
    long? Sequence,
    TimeSpan? RefreshHint,
    Guid Version,
    DateTimeOffset LoadedAt);

/// <summary>
/// Where a verifier finds bundles. There is no way to ask for the keys of several trust domains: they are never pooled (SPIFFE
/// Federation section 7.3).
/// </summary>
internal interface IBundles
{
    /// <summary>Null when the trust domain is not configured or nothing has been loaded yet. Must not block.</summary>
    Bundle? Find(TrustDomain trustDomain);

    /// <summary>
    /// The trust domain is configured, so without a bundle its tokens were not looked at. Asked right after <see cref="Find"/>.
    /// </summary>
    bool Knows(TrustDomain trustDomain);
}
