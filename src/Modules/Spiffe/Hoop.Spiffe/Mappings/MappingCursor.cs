using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Extensions;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// The last row of a page, as opaque text: version, time, id, and a checksum over them, the organization and the filters. A cursor that
/// was changed, or belongs to another list, is refused and never becomes a silent gap. It grants nothing: the organization stands in
/// the statement.
/// </summary>
internal sealed record MappingCursor(DateTime CreatedAt, Guid Id)
{
    private const byte Version = 1;
    private const int PositionLength = 1 + sizeof(long) + 16;

    // 33 bytes are 44 characters without a spare bit, so no two texts mean the same cursor.
    private const int Length = PositionLength + 8;

    public string Format(Guid orgId, string filters)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], CreatedAt.Ticks);
        Id.TryWriteBytes(bytes[(1 + sizeof(long))..], bigEndian: true, out _);
        Checksum(bytes[..PositionLength], orgId, filters).CopyTo(bytes[PositionLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    public static bool TryParse(string text, Guid orgId, string filters, [NotNullWhen(true)] out MappingCursor? cursor)
    {
        cursor = null;
        Span<byte> bytes = stackalloc byte[Length];
        if (text.Length != Length / 3 * 4
            || Base64Url.DecodeFromChars(text, bytes, out _, out var written) != OperationStatus.Done
            || written != Length
            || bytes[0] != Version
            || !bytes[PositionLength..].SequenceEqual(Checksum(bytes[..PositionLength], orgId, filters)))
        {
            return false;
        }

        var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes[1..]);
        if (ticks < DateTime.MinValue.Ticks || ticks > DateTime.MaxValue.Ticks)
        {
            return false;
        }

        cursor = new MappingCursor(new DateTime(ticks, DateTimeKind.Utc), new Guid(bytes.Slice(1 + sizeof(long), 16), bigEndian: true));
        return true;
    }

    private static ReadOnlySpan<byte> Checksum(ReadOnlySpan<byte> position, Guid orgId, string filters)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(position);
        hash.AppendData(orgId.ToByteArray(bigEndian: true));
        hash.AppendData(Encoding.UTF8.GetBytes(filters));
        return hash.GetHashAndReset().AsSpan(0, Length - PositionLength);
    }
}

/// <summary>Tells a client where the list goes on without touching the body.</summary>
internal static class NextPage
{
    public static void Announce(HttpContext context, string? cursor)
    {
        if (cursor is null)
        {
            return;
        }

        var query = new QueryBuilder(context.Request.Query.Where(parameter => parameter.Key != "cursor")) { { "cursor", cursor } };
        context.Response.Headers["X-Next-Cursor"] = cursor;
        context.Response.Headers.Link = $"<{context.Request.PathBase}{context.Request.Path}{query}>; rel=\"next\"";
    }
}
