using System.Buffers;
using System.Text;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Keeps the first <paramref name="limit"/> bytes of what a command writes and forgets the rest, so a chatty command costs no
/// memory.
/// </summary>
internal sealed class OutputBuffer(int limit)
{
    private readonly ArrayBufferWriter<byte> _kept = new();

    /// <summary>Something was dropped.</summary>
    public bool Truncated { get; private set; }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        var room = limit - _kept.WrittenCount;
        _kept.Write(bytes[..Math.Min(room, bytes.Length)]);
        Truncated |= bytes.Length > room;
    }

    /// <summary>As UTF-8; bytes that are none become U+FFFD. A character that the limit cut in two is left out.</summary>
    public string Text()
    {
        var bytes = _kept.WrittenSpan;
        return Encoding.UTF8.GetString(Truncated ? bytes[..WholeCharacters(bytes)] : bytes);
    }

    private static int WholeCharacters(ReadOnlySpan<byte> bytes)
    {
        // A lead byte stands among the last three when its character is incomplete (RFC 3629 section 3).
        for (var back = 1; back <= Math.Min(3, bytes.Length); back++)
        {
            var lead = bytes[^back];
            var length = lead switch { < 0x80 => 1, < 0xc0 => 0, < 0xe0 => 2, < 0xf0 => 3, _ => 4 };
            if (length > 0)
            {
                return length > back ? bytes.Length - back : bytes.Length;
            }
        }

        return bytes.Length;
    }
}
