using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.Shared.Text;

namespace Hoop.Spiffe.TrustDomains;

/// <summary>
/// Reads a bundle document, SPIFFE Trust Domain and Bundle section 4. It is a SPIFFE bundle when it has a <c>spiffe_</c> member or
/// any key with a <c>use</c> of SPIFFE; then exactly the keys with <c>use: jwt-svid</c> count. Otherwise it is a plain JWK set, as
/// SPIRE's OIDC discovery provider serves it, and the keys without <c>use</c> and those with <c>sig</c> count: whoever names a plain
/// set as a bundle trusts its signature keys, and <c>sig</c> says in so many words what a missing <c>use</c> leaves open. A key that
/// says it is for something else (<c>x509-svid</c>, <c>enc</c>, a use not yet known) never verifies a JWT-SVID.
/// </summary>
internal static class BundleParser
{
    private const string JwtSvidUse = "jwt-svid";

    private static readonly string[] SpiffeUses = [JwtSvidUse, "x509-svid", "wit-svid"];

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    public static Result<Bundle> Parse(TrustDomain trustDomain, ReadOnlyMemory<byte> document, DateTimeOffset loadedAt)
    {
        if (!Unwrap(trustDomain, document).Succeeded(out var own, out var error)
            || !JsonWebKeySet.Parse(own).Succeeded(out var set, out error))
        {
            return error;
        }

        var isSpiffe = set.HasSpiffeMembers || set.Uses.Overlaps(SpiffeUses);
        var keys = set.Select(isSpiffe ? key => IsForAnotherSvid(key) ? "" : RefusesInBundle(key) : RefusesInPlainSet);
        if (keys.Count == 0 && isSpiffe)
        {
            // Now they matter: a bundle for X.509-SVIDs alone is a usual mistake.
            keys = set.Select(RefusesInBundle);
        }

        return new Bundle(trustDomain, keys, set.SpiffeSequence, set.SpiffeRefreshHint, VersionOf(trustDomain, own.Span), loadedAt);
    }

    private static bool IsForAnotherSvid(VerificationKey key) => key.Use != JwtSvidUse && SpiffeUses.Contains(key.Use);

    // JWT-SVID section 2.1 lists the algorithms, and EdDSA is not among them.
    private static string? RefusesInBundle(VerificationKey key) => key.Use switch
    {
        JwtSvidUse or "sig" or null when key.Kind == JwsKeyKind.Ed25519 => "JWT-SVIDs are not signed with Ed25519",
        JwtSvidUse => null,
        null => "in a SPIFFE bundle only keys with use jwt-svid are used, and this one has none",
        var other => $"in a SPIFFE bundle only keys with use jwt-svid are used, and this one has use {Printable.Word(other)}",
    };

    private static string? RefusesInPlainSet(VerificationKey key) => key.Use is null or "sig"
        ? key.Kind == JwsKeyKind.Ed25519 ? "JWT-SVIDs are not signed with Ed25519" : null
        : $"in a plain key set only keys without use, or with use sig, are used, and this one has use {Printable.Word(key.Use)}";

    /// <summary>
    /// Out of a map of bundles the one of this trust domain: the file of spiffe-helper (<c>jwt_bundle_file_name</c>) and the answer of the
    /// Workload API hold base64 under the name or the SPIFFE ID of each trust domain, a SPIFFE bundle map holds the documents
    /// themselves below <c>trust_domains</c>. Anything else is left as it is, for the reader of key sets to judge.
    /// </summary>
    private static Result<ReadOnlyMemory<byte>> Unwrap(TrustDomain trustDomain, ReadOnlyMemory<byte> document)
    {
        document = ByteOrderMark.Skip(document);
        if (document.Length > JsonWebKeySet.MaxBytes)
        {
            return document;
        }

        try
        {
            using var json = JsonDocument.Parse(document, Strict);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object || root.TryGetProperty("keys", out _))
            {
                return document;
            }

            var isNamed = root.TryGetProperty("trust_domains", out var map) && map.ValueKind == JsonValueKind.Object;
            map = isNamed ? map : root;
            if (!map.TryGetProperty(trustDomain.Name, out var own) && !map.TryGetProperty(SpiffeId.Scheme + trustDomain.Name, out own))
            {
                return isNamed || LooksLikeMap(map)
                    ? Error.Invalid($"the document holds bundles of {Names(map)}, and none of {trustDomain.Name}", "key_set")
                    : document;
            }

            return own.ValueKind switch
            {
                JsonValueKind.Object => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(own.GetRawText()),
                JsonValueKind.String when own.TryGetBytesFromBase64(out var decoded) => (ReadOnlyMemory<byte>)decoded,
                _ => Error.Invalid($"the bundle of {trustDomain.Name} in the document is neither an object nor base64", "key_set"),
            };
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return document;
        }
    }

    private static bool LooksLikeMap(JsonElement map)
    {
        var names = map.EnumerateObject().Select(member => member.Name).ToList();
        return names.Count > 0
            && names.TrueForAll(
                name => TrustDomain.TryParse(WithoutScheme(name), out _, out _) && name.Contains('.', StringComparison.Ordinal));
    }

    private static string Names(JsonElement map) =>
        map.EnumerateObject().Select(member => Printable.Word(WithoutScheme(member.Name))).Take(5).ToList() is { Count: > 0 } names
            ? string.Join(", ", names)
            : "no trust domain";

    private static string WithoutScheme(string name) =>
        name.StartsWith(SpiffeId.Scheme, StringComparison.Ordinal) ? name[SpiffeId.Scheme.Length..] : name;

    private static Guid VersionOf(TrustDomain trustDomain, ReadOnlySpan<byte> document)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(trustDomain.Name + "\n"));
        hash.AppendData(document);
        return new Guid(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
