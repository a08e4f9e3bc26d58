using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Hoop.Identity.Audit;

/// <summary>
/// The place where the next page of one organization's trail begins. Opaque to callers: 16 bytes base64url, the row id and a digest
/// over what it belongs to, so that a damaged cursor, one of another list or of another organization is refused and never reaches a
/// statement (CVE-2026-33504). It guards no right: the statement names the organization itself.
/// </summary>
internal static class AuditCursor
{
    private const int DigestLength = 8;
    private const int Length = sizeof(long) + DigestLength;

    public static string Of(Guid orgId, long id)
    {
        Span<byte> cursor = stackalloc byte[Length];
        BinaryPrimitives.WriteInt64BigEndian(cursor, id);
        Digest(orgId, cursor[..sizeof(long)], cursor[sizeof(long)..]);
        return Base64Url.EncodeToString(cursor);
    }

    public static bool TryParse(string text, Guid orgId, out long id)
    {
        id = 0;
        Span<byte> cursor = stackalloc byte[Length];

        // Exactly one spelling: the last character carries four bits that a lenient decoder would ignore.
        if (text.Length != Base64Url.GetEncodedLength(Length)
            || !Base64Url.IsValid(text)
            || !Base64Url.TryDecodeFromChars(text, cursor, out var written)
            || written != Length
            || Base64Url.EncodeToString(cursor) != text)
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[DigestLength];
        Digest(orgId, cursor[..sizeof(long)], digest);
        id = BinaryPrimitives.ReadInt64BigEndian(cursor);
        return digest.SequenceEqual(cursor[sizeof(long)..]);
    }

    private static void Digest(Guid orgId, ReadOnlySpan<byte> id, Span<byte> digest)
    {
        Span<byte> input = stackalloc byte[13 + 16 + sizeof(long)];
        "audit_events."u8.CopyTo(input);
        orgId.TryWriteBytes(input[13..], bigEndian: true, out _);
        id.CopyTo(input[29..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        hash[..DigestLength].CopyTo(digest);
    }
}
