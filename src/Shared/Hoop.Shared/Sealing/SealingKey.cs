using System.Security.Cryptography;
using Hoop.Shared.Configuration;

namespace Hoop.Shared.Sealing;

/// <summary>One AES-256 key of the ring.</summary>
internal sealed class SealingKey
{
    private const string Variable = "HOOP_ENCRYPTION_KEY";
    private const int Bytes = 32;

    private SealingKey(string? id, byte[] key)
    {
        Key = key;
        Fingerprint = $"k{Convert.ToHexStringLower(HMACSHA256.HashData(key, "hoop encryption key id"u8)[..6])}";
        Id = id ?? Fingerprint;
    }

    /// <summary>Stored beside every value that this key sealed.</summary>
    public string Id { get; }

    /// <summary>Follows from the key, so a key still opens what it sealed before it was given a name.</summary>
    public string Fingerprint { get; }

    public byte[] Key { get; }

    public static SealingKey Generate() => new(id: null, RandomNumberGenerator.GetBytes(Bytes));

    /// <summary>A key of the database, by its name there.</summary>
    public static SealingKey Stored(string name, byte[] key) => new(name, key);

    /// <summary>Base64, for the key file.</summary>
    public string Export() => Convert.ToBase64String(Key);

    /// <summary>
    /// The key ring of <c>HOOP_ENCRYPTION_KEY</c>: one base64 key, or <c>id:base64,id:base64</c>. Empty when it is not set.
    /// </summary>
    /// <exception cref="ConfigurationException">Not such a ring. The text of a key is never repeated.</exception>
    public static IReadOnlyList<SealingKey> ParseRing(string? text)
    {
        if (text is null)
        {
            return [];
        }

        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var keys = parts.Select((part, index) => Parse(part, index + 1, needsId: parts.Length > 1)).ToArray();
        return keys.DistinctBy(key => key.Id, StringComparer.Ordinal).Count() == keys.Length
            ? keys
            : throw new ConfigurationException(Variable, "names one key id twice");
    }

    /// <summary>The key of a key file, or null when the text is none.</summary>
    public static SealingKey? ParseFile(string text) => Decode(text.Trim()) is { } key ? new SealingKey(id: null, key) : null;

    private static SealingKey Parse(string part, int position, bool needsId)
    {
        var colon = part.IndexOf(':', StringComparison.Ordinal);
        var id = colon < 0 ? null : part[..colon];
        if (id is null
            ? needsId
            : id.Length is < 1 or > 32 || !id.All(character => char.IsAsciiLetterOrDigit(character) || character is '-' or '_'))
        {
            throw new ConfigurationException(
                Variable, $"entry {position}: write several keys as id:base64,id:base64, an id being 1 to 32 letters, digits, - or _");
        }

        return Decode(part[(colon + 1)..]) is { } key
            ? new SealingKey(id, key)
            : throw new ConfigurationException(
                Variable, $"entry {position}: must be the base64 of exactly 32 bytes; make one with: openssl rand -base64 32");
    }

    private static byte[]? Decode(string text)
    {
        var key = new byte[Bytes + 1];
        return text.Length == 44 && Convert.TryFromBase64String(text, key, out var length) && length == Bytes ? key[..Bytes] : null;
    }
}
