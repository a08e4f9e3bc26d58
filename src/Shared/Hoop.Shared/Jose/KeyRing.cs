using System.Collections.Frozen;

namespace Hoop.Shared.Jose;

/// <summary>Keys of one issuer or one trust domain by <c>kid</c>. Immutable; keys of different owners never share a ring (CVE-2026-49998).</summary>
public sealed class KeyRing
{
    private readonly FrozenDictionary<string, VerificationKey> _keys;

    private KeyRing(FrozenDictionary<string, VerificationKey> keys, string[] ambiguous)
    {
        _keys = keys;
        Ambiguous = ambiguous;
    }

    public int Count => _keys.Count;

    public IReadOnlyList<string> KeyIds => _keys.Keys;

    /// <summary>
    /// Names that two different keys claim. Neither is in the ring: with "the last one wins" the order of a document would decide who is trusted,
    /// and trying both is what <c>kid</c> exists to prevent. The same key written twice is not ambiguous.
    /// </summary>
    public IReadOnlyList<string> Ambiguous { get; }

    /// <summary>Keys without <c>kid</c> are left out, since no token can name them.</summary>
    public static KeyRing Of(IEnumerable<VerificationKey> keys)
    {
        var groups = keys.Where(key => key.KeyId is not null).GroupBy(key => key.KeyId!, StringComparer.Ordinal).ToList();
        return new KeyRing(
            groups.Where(IsOne).ToFrozenDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal),
            [.. groups.Where(group => !IsOne(group)).Select(group => group.Key)]);

        static bool IsOne(IEnumerable<VerificationKey> group) => group.All(group.First().IsSameAs);
    }

    /// <summary>Exact and ordinal.</summary>
    public VerificationKey? Find(string keyId) => _keys.GetValueOrDefault(keyId);
}
