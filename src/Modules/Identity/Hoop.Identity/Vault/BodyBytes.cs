using System.Buffers;
using System.IO.Pipelines;

namespace Hoop.Identity.Vault;

/// <summary>
/// The bytes of a body, in pieces that are lent and given back. Not in one array: that would be copied whenever it grows, and arrays of
/// megabytes stay in memory long after their request. Nothing is taken for bytes that are announced and do not come: pieces of 64 KiB for
/// the first mebibyte, then of one, and no other sizes, since those that are given back are kept by size.
/// </summary>
internal sealed class BodyBytes : IDisposable
{
    private const int SmallestPiece = 4 * 1024;
    private const int Piecemeal = 64 * 1024;
    private const int LargestPiece = 1024 * 1024;

    private Piece? _first;
    private Piece? _last;

    private BodyBytes()
    {
    }

    /// <summary>Valid until it is disposed of.</summary>
    public ReadOnlySequence<byte> All => _first is null ? ReadOnlySequence<byte>.Empty : new(_first, 0, _last!, _last!.Memory.Length);

    /// <exception cref="IOException">The caller is gone.</exception>
    public static async ValueTask<BodyBytes> Read(PipeReader body, CancellationToken cancellationToken)
    {
        var bytes = new BodyBytes();
        try
        {
            while (true)
            {
                var read = await body.ReadAsync(cancellationToken);
                bytes.Add(read.Buffer);
                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return bytes;
                }
            }
        }
        catch
        {
            bytes.Dispose();
            throw;
        }
    }

    public void Add(in ReadOnlySequence<byte> more)
    {
        var rest = more;
        while (!rest.IsEmpty)
        {
            if (_last is null or { Room: 0 })
            {
                var next = new Piece(SizeOfNext(rest.Length), _last);
                _first ??= next;
                _last = next;
            }

            rest = rest.Slice(_last.Fill(rest));
        }
    }

    private int SizeOfNext(long there) =>
        _last is null ? (int)Math.Clamp(there, SmallestPiece, Piecemeal)
        : _last.End < LargestPiece ? Piecemeal
        : LargestPiece;

    public void Dispose()
    {
        for (var piece = _first; piece is not null; piece = (Piece?)piece.Next)
        {
            piece.GiveBack();
        }

        (_first, _last) = (null, null);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        private readonly byte[] _bytes;

        public Piece(int size, Piece? before)
        {
            _bytes = ArrayPool<byte>.Shared.Rent(size);
            if (before is not null)
            {
                RunningIndex = before.End;
                before.Next = this;
            }
        }

        public long End => RunningIndex + Memory.Length;

        public int Room => _bytes.Length - Memory.Length;

        /// <returns>How many of the bytes it took.</returns>
        public int Fill(in ReadOnlySequence<byte> from)
        {
            var (filled, count) = (Memory.Length, (int)Math.Min(from.Length, Room));
            from.Slice(0, count).CopyTo(_bytes.AsSpan(filled));
            Memory = _bytes.AsMemory(0, filled + count);
            return count;
        }

        // A body may hold a secret, and the next one who gets the piece may be anybody.
        public void GiveBack() => ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
    }
}
