using System.Security.Cryptography;
using System.Text;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>The bundle of one trust domain as it was at one moment. A new state is a new object, so a verification works on one state from beginning to end.</summary>
/// <param name="Keys">The keys that verify JWT-SVIDs, by <c>kid</c>. May be empty: the trust domain has revoked all of them.</param>
/// <param name="Sequence"><c>spiffe_sequence</c>; a smaller one than that of the bundle in use is an older state.</param>
/// <param name="RefreshHint"><c>spiffe_refresh_hint</c>; the standard's default is five minutes.</param>
/// <param name="Version">Names the content: the same document of the same trust domain gives the same version, any other gives another.</param>
/// <param name="LoadedAt">When it was read from its source.</param>
/// <param name="Skipped">Elements that do not verify JWT-SVIDs although they might have been meant to, a line each, for health and logs.</param>
internal sealed record Bundle(
    TrustDomain TrustDomain,
    KeyRing Keys,
    long? Sequence,
    TimeSpan? RefreshHint,
    Guid Version,
    DateTimeOffset LoadedAt,
    IReadOnlyList<string> Skipped);

/// <summary>Where a verifier finds bundles. There is no way to ask for the keys of several trust domains: they are never pooled (SPIFFE Federation section 7.3).</summary>
internal interface IBundles
{
    /// <summary>Null when the trust domain is not configured or nothing has been loaded yet. Must not block.</summary>
    Bundle? Find(TrustDomain trustDomain);
}

/// <summary>
/// Reads a bundle document, SPIFFE Trust Domain and Bundle section 4. It is a SPIFFE bundle when it has a <c>spiffe_</c> member or
/// any key with a <c>use</c> of SPIFFE; then exactly the keys with <c>use: jwt-svid</c> count. Otherwise it is a plain JWK set, and exactly the keys
/// without <c>use</c> count. So a key that says it is for something else (<c>x509-svid</c>, <c>sig</c>, a use not yet known) never verifies a JWT-SVID.
/// </summary>
internal static class BundleParser
{
    private const string JwtSvidUse = "jwt-svid";

    private static readonly string[] SpiffeUses = [JwtSvidUse, "x509-svid", "wit-svid"];

    public static Result<Bundle> Parse(TrustDomain trustDomain, ReadOnlyMemory<byte> document, DateTimeOffset loadedAt)
    {
        if (!JsonWebKeySet.Parse(document).Succeeded(out var set, out var error))
        {
            return error;
        }

        var use = set.HasSpiffeMembers || set.Uses.Overlaps(SpiffeUses) ? JwtSvidUse : null;
        var keys = set.Select(key => string.Equals(key.Use, use, StringComparison.Ordinal));
        return new Bundle(
            trustDomain, keys, set.SpiffeSequence, set.SpiffeRefreshHint, VersionOf(trustDomain, document.Span), loadedAt, [.. Skipped(set, keys, use)]);
    }

    private static IEnumerable<string> Skipped(JsonWebKeySet set, KeyRing keys, string? use) =>
    [
        .. set.Skipped,
        .. keys.Ambiguous.Select(keyId => $"kid {Printable.Word(keyId)}: two different keys have this name, so neither is used"),
        .. set.Keys.Where(key => string.Equals(key.Use, use, StringComparison.Ordinal) && key.KeyId is null).Select(_ => "a key without kid: no token can name it"),
        .. set.Keys.Where(key => use is null && key.Use is not null)
            .Select(key => $"kid {Printable.Word(key.KeyId ?? "")}: in a plain key set only keys without use are used, and this one has use {Printable.Word(key.Use!)}"),
    ];

    private static Guid VersionOf(TrustDomain trustDomain, ReadOnlySpan<byte> document)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(trustDomain.Name + "\n"));
        hash.AppendData(document);
        return new Guid(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
