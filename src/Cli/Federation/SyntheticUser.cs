using System.Security.Cryptography;
using System.Text;

namespace Hoop.Cli.Federation;

/// <summary>The user of a dry run.</summary>
internal static class SyntheticUser
{
    // The URL namespace of RFC 9562 section 6.6.
    private static readonly Guid UrlNamespace = new("6ba7b811-9dad-11d1-80b4-00c04fd430c8");

    /// <summary>The same id for the same address each time: a UUIDv5 (RFC 9562 section 5.5).</summary>
    public static Guid IdOf(string email)
    {
        var name = Encoding.UTF8.GetBytes("federation-test:" + email);
        Span<byte> input = [.. UrlNamespace.ToByteArray(bigEndian: true), .. name];
        Span<byte> hash = stackalloc byte[SHA1.HashSizeInBytes];
#pragma warning disable CA5350 // UUIDv5 is SHA-1 by definition; nothing is protected by it.
        SHA1.HashData(input, hash);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }
}
