using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Hoop.Shared.Jose;

/// <summary>
/// Stands for a credential in memory: all 256 bits of its SHA-256, so that finding another one's entry means breaking that.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct TokenHash(ulong A, ulong B, ulong C, ulong D)
{
    public static TokenHash Of(ReadOnlySpan<char> token)
    {
        Span<ulong> hash = stackalloc ulong[4];
        SHA256.HashData(MemoryMarshal.AsBytes(token), MemoryMarshal.AsBytes(hash));
        return new TokenHash(hash[0], hash[1], hash[2], hash[3]);
    }

    /// <summary>The bits are random already.</summary>
    public override int GetHashCode() => (int)A;
}
