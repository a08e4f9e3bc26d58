using System.Globalization;

namespace Hoop.Cli.SpiffeMappings;

/// <summary>A file of lines, cut into bounded parts that are sent one after the other; a failed one can be sent again.</summary>
/// <param name="lines">The file; read once, from its beginning to its end.</param>
internal sealed class LineParts(Stream lines)
{
    /// <summary>Of one part: some seconds of work for the gateway.</summary>
    public const int MostLines = 20_000;

    /// <summary>Of one part, in bytes. A line that is longer than all of it is no mapping.</summary>
    public const int MostBytes = 4 * 1024 * 1024;

    private readonly byte[] _buffer = new byte[MostBytes];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>The number of the first line of the next part.</summary>
    public long NextLine { get; private set; } = 1;

    /// <summary>The next part, whole lines; empty at the end. Holds until the next call.</summary>
    /// <exception cref="CliFailure">A line is too long.</exception>
    public async Task<ReadOnlyMemory<byte>> Next(CancellationToken stop)
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        while (!_ended && _end < _buffer.Length)
        {
            var read = await lines.ReadAsync(_buffer.AsMemory(_end), stop);
            _end += read;
            _ended = read == 0;
        }

        var (length, count) = Whole(_buffer.AsSpan(0, _end));
        if (length == 0 && _end > 0)
        {
            throw new CliFailure(string.Create(
                CultureInfo.InvariantCulture, $"line {NextLine} is longer than {MostBytes >> 20} MiB: write one JSON object a line"));
        }

        NextLine += count;
        _start = length;
        return _buffer.AsMemory(0, length);
    }

    private (int Length, int Count) Whole(ReadOnlySpan<byte> text)
    {
        var (length, count) = (0, 0);
        while (count < MostLines && text[length..].IndexOf((byte)'\n') is var end and >= 0)
        {
            (length, count) = (length + end + 1, count + 1);
        }

        return _ended && count < MostLines && length < text.Length ? (text.Length, count + 1) : (length, count);
    }
}
