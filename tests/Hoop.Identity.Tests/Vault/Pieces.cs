using System.Buffers;

namespace Hoop.Identity.Tests.Vault;

/// <summary>Bytes as they may lie in memory: in pieces that end anywhere.</summary>
internal sealed class Pieces : ReadOnlySequenceSegment<byte>
{
    private Pieces(ReadOnlyMemory<byte> bytes, long before) => (Memory, RunningIndex) = (bytes, before);

    /// <param name="size">Of each piece; 0: all in one.</param>
    public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> bytes, int size)
    {
        if (size == 0 || bytes.Length <= size)
        {
            return new(bytes);
        }

        var first = new Pieces(bytes[..size], 0);
        var last = first;
        for (var at = size; at < bytes.Length; at += size)
        {
            var next = new Pieces(bytes[at..Math.Min(at + size, bytes.Length)], at);
            last.Next = next;
            last = next;
        }

        return new(first, 0, last, last.Memory.Length);
    }
}
