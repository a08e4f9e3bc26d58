namespace Hoop.Shared.Jose;

/// <summary>
/// Some editors and shells write a byte order mark in front of JSON. Whoever sends JSON must not, and whoever reads it may skip it
/// (RFC 8259 section 8.1): it is skipped once, at the very beginning.
/// </summary>
public static class ByteOrderMark
{
    public const char Character = '\uFEFF';

    public static ReadOnlyMemory<byte> Skip(ReadOnlyMemory<byte> document) =>
        document.Span.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF]) ? document[3..] : document;
}
