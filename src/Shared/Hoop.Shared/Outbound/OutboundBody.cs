using System.IO.Compression;

namespace Hoop.Shared.Outbound;

/// <summary>Reads what the other side sends, up to the limit.</summary>
internal static class OutboundBody
{
    /// <summary>Null when there is more than the limit. The announced length is believed only when it is too large.</summary>
    public static async Task<ReadOnlyMemory<byte>?> Read(Hop hop, HttpContent content, CancellationToken cancellationToken)
    {
        var limit = hop.Options.MaxBytes;
        if (content.Headers.ContentLength > limit)
        {
            return null;
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        return await ReadUpTo(limit, stream, cancellationToken);
    }

    /// <summary>
    /// The limit counts before and after: a small body that grows without end stops at it, and so does an endless one that says
    /// nothing.
    /// </summary>
    public static async Task<ReadOnlyMemory<byte>?> Unzip(Hop hop, ReadOnlyMemory<byte> zipped, CancellationToken cancellationToken)
    {
        await using var stream = new GZipStream(new MemoryStream(zipped.ToArray(), writable: false), CompressionMode.Decompress);
        return await ReadUpTo(hop.Options.MaxBytes, stream, cancellationToken);
    }

    private static async Task<ReadOnlyMemory<byte>?> ReadUpTo(int limit, Stream stream, CancellationToken cancellationToken)
    {
        var buffer = new byte[Math.Min(limit + 1, 16 * 1024)];
        var filled = 0;
        while (await stream.ReadAsync(buffer.AsMemory(filled), cancellationToken) is var read and > 0)
        {
            filled += read;
            if (filled > limit)
            {
                return null;
            }

            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(limit + 1L, buffer.Length * 2L));
            }
        }

        return buffer.AsMemory(0, filled);
    }
}
