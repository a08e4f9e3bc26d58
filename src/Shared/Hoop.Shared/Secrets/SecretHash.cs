using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Hoop.Shared.Secrets;

/// <summary>Generated secrets: 256 random bits, shown once, stored as SHA-256 only (a slow hash adds nothing to 256 random bits).</summary>
public static class SecretHash
{
    /// <summary>A new secret: <paramref name="prefix"/> and 43 base64url characters (RFC 4648 section 5, no padding).</summary>
    public static SecretText Generate(string prefix)
    {
        Span<byte> random = stackalloc byte[32];
        RandomNumberGenerator.Fill(random);
        return new SecretText(prefix + Base64Url.EncodeToString(random));
    }

    /// <summary>32 bytes. Rows are found by it, so the comparison of the index says nothing about the clear text.</summary>
    public static byte[] Of(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    /// <summary>Compares in fixed time.</summary>
    public static bool Matches(ReadOnlySpan<byte> stored, string secret) => CryptographicOperations.FixedTimeEquals(stored, Of(secret));
}
