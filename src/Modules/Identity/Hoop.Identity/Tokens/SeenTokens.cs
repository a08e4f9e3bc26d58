using System.Collections.Concurrent;

namespace Hoop.Identity.Tokens;

/// <summary>
/// Hashes of tokens that were good lately. What is not among them is looked for by its index first, so that whoever tries made-up tokens
/// costs one probe; it is never an answer, only the order of the questions.
/// </summary>
internal sealed class SeenTokens
{
    /// <summary>Some 100 bytes each.</summary>
    public const int Capacity = 32_768;

    private readonly ConcurrentDictionary<UInt128, byte> _hashes = new();

    public int Count => _hashes.Count;

    public bool Has(byte[] hash) => _hashes.ContainsKey(KeyOf(hash));

    public void Note(byte[] hash)
    {
        if (_hashes.Count >= Capacity)
        {
            _hashes.Clear();
        }

        _hashes.TryAdd(KeyOf(hash), 0);
    }

    public void Forget(byte[] hash) => _hashes.TryRemove(KeyOf(hash), out _);

    private static UInt128 KeyOf(byte[] hash) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
}
