using System.Collections.Frozen;
using Hoop.Shared.Text;

namespace Hoop.Shared.Jose;

/// <summary>
/// Keys of one issuer or one trust domain, by <c>kid</c> and algorithm. Immutable; keys of different owners never share a ring
/// (CVE-2026-49998). One <c>kid</c> may stand for several keys as long as the algorithm tells them apart: a provider that lists its key
/// once for each <c>alg</c>, or the two kinds of key in the example of RFC 7517 section 4.5.
/// </summary>
public sealed class KeyRing
{
    private static readonly int Algorithms = Enum.GetValues<JwsAlgorithm>().Length;

    // For each kid the key of each algorithm, at the algorithm's number.
    private readonly FrozenDictionary<string, VerificationKey?[]> _keys;

    private KeyRing(FrozenDictionary<string, VerificationKey?[]> keys, string[] skipped)
    {
        _keys = keys;
        Skipped = skipped;
        Keys = [.. keys.SelectMany(pair => pair.Value.OfType<VerificationKey>().DistinctBy(key => key.Thumbprint))];
    }

    /// <summary>The keys that verify something; the same key under two algorithms is there once.</summary>
    public IReadOnlyList<VerificationKey> Keys { get; }

    public int Count => Keys.Count;

    public IReadOnlyList<string> KeyIds => _keys.Keys;

    /// <summary>What is in the key set and not in the ring, and why: a printable line each.</summary>
    public IReadOnlyList<string> Skipped { get; }

    /// <summary>
    /// Two different keys that could verify one algorithm under one name are both left out for it: with "the last one wins" the order
    /// of a document would decide who is trusted, and trying both is what <c>kid</c> exists to prevent. The same key written twice is
    /// one key. Keys without <c>kid</c> are left out, since no token can name them.
    /// </summary>
    /// <param name="skipped">What was left out of <paramref name="keys"/> already.</param>
    public static KeyRing Of(IEnumerable<VerificationKey> keys, IEnumerable<string> skipped)
    {
        var lines = skipped.ToList();
        var ring = new Dictionary<string, VerificationKey?[]>(StringComparer.Ordinal);
        foreach (var group in keys.GroupBy(key => key.KeyId, StringComparer.Ordinal))
        {
            if (group.Key is not { } keyId)
            {
                lines.AddRange(group.Select(_ => "a key without kid: no token can name it"));
                continue;
            }

            var slots = new VerificationKey?[Algorithms];
            var clashes = new List<JwsAlgorithm>();
            foreach (var algorithm in Enum.GetValues<JwsAlgorithm>())
            {
                var able = group.Where(key => key.Allows(algorithm)).DistinctBy(key => key.Thumbprint).Take(2).ToList();
                slots[(int)algorithm] = able.Count == 1 ? able[0] : null;
                if (able.Count == 2)
                {
                    clashes.Add(algorithm);
                }
            }

            if (clashes.Count > 0)
            {
                lines.Add(
                    $"kid {Printable.Word(keyId)}: two different keys have this name, so neither is used for {string.Join(", ", clashes)}");
            }

            if (slots.Any(slot => slot is not null))
            {
                ring.Add(keyId, slots);
            }
        }

        return new KeyRing(ring.ToFrozenDictionary(StringComparer.Ordinal), [.. lines]);
    }

    /// <summary>Exact and ordinal; whether any algorithm is verified under this name.</summary>
    public bool Holds(string keyId) => _keys.ContainsKey(keyId);

    /// <summary>Exact and ordinal.</summary>
    public VerificationKey? Find(string keyId, JwsAlgorithm algorithm) =>
        _keys.TryGetValue(keyId, out var slots) ? slots[(int)algorithm] : null;
}
