namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Bytes that wait, in their order, as bytes: a queue of the pieces that they came in would take forty times as much for pieces of one
/// byte. Its room grows with what lies in it, and its user says how much that may be.
/// </summary>
internal sealed class ByteQueue
{
    private byte[] _room = [];
    private int _first;

    public int Count { get; private set; }

    /// <summary>The first of them, as many as lie in one piece; empty when there are none.</summary>
    public ReadOnlySpan<byte> Next => _room.AsSpan(_first, Math.Min(Count, _room.Length - _first));

    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return;
        }

        Grow(Count + bytes.Length);
        var end = (_first + Count) % _room.Length;
        var whole = Math.Min(bytes.Length, _room.Length - end);
        bytes[..whole].CopyTo(_room.AsSpan(end));
        bytes[whole..].CopyTo(_room);
        Count += bytes.Length;
    }

    /// <param name="count">At most <see cref="Count"/>.</param>
    public void Remove(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count);
        Count -= count;
        _first = Count == 0 ? 0 : (_first + count) % _room.Length;
    }

    private void Grow(int needed)
    {
        if (needed <= _room.Length)
        {
            return;
        }

        var larger = new byte[Math.Max(needed, Math.Max(256, 2 * _room.Length))];
        Next.CopyTo(larger);
        var copied = Next.Length;
        _room.AsSpan(0, Count - copied).CopyTo(larger.AsSpan(copied));
        (_room, _first) = (larger, 0);
    }
}
