using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using FluentValidation.Results;

namespace Hoop.Spiffe.Mappings;

/// <summary>The body of an import: JSON objects, one a line (NDJSON), read and checked a chunk at a time.</summary>
/// <param name="body">As it arrives; no more of it is held than a chunk and the connection's own buffer.</param>
/// <param name="json">How bodies are read.</param>
/// <param name="shape">That of a single mapping.</param>
/// <param name="orgId">Whose mappings they become.</param>
/// <param name="first">The number of the first line.</param>
internal sealed class MappingLines(
    PipeReader body, JsonSerializerOptions json, MappingShape shape, Guid orgId, long first)
{
    /// <summary>Lines of one transaction: so many that the commit does not count, and nobody waits long for its locks.</summary>
    public const int Most = 1000;

    /// <summary>The largest mapping there can be, with its 100 groups, is smaller.</summary>
    public const int LongestLine = 128 * 1024;

    private const int MostBytes = 1024 * 1024;

    private long _number = first - 1;
    private bool _ended;

    /// <summary>The last line that was read.</summary>
    public long Number => _number;

    /// <summary>The next lines; none at the end. Blank lines count and are left out. After a line with a problem nothing is read.</summary>
    public async Task<MappingChunk> Next(CancellationToken cancellationToken)
    {
        var (lines, bytes) = (new List<MappingLine>(), 0L);
        while (!_ended && lines.Count < Most && bytes < MostBytes)
        {
            var read = await body.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            var whole = false;
            while (!_ended && !(whole = lines.Count >= Most || bytes >= MostBytes) && Cut(ref rest, read.IsCompleted) is { } line)
            {
                bytes += line.Length;
                Add(lines, line);
            }

            if (!whole && rest.Length > LongestLine)
            {
                _number++;
                Add(lines, Problem($"longer than {LongestLine >> 10} KiB"));
            }

            _ended |= read.IsCompleted && rest.IsEmpty;
            body.AdvanceTo(rest.Start, whole || _ended ? rest.Start : rest.End);
        }

        return new MappingChunk(lines, orgId);
    }

    private static ReadOnlySequence<byte>? Cut(ref ReadOnlySequence<byte> rest, bool isLast)
    {
        if (rest.PositionOf((byte)'\n') is { } end)
        {
            var line = rest.Slice(0, end);
            rest = rest.Slice(rest.GetPosition(1, end));
            return line;
        }

        if (!isLast || rest.IsEmpty)
        {
            return null;
        }

        var last = rest;
        rest = rest.Slice(rest.End);
        return last;
    }

    private void Add(List<MappingLine> lines, ReadOnlySequence<byte> line)
    {
        _number++;
        var text = line.IsSingleSegment ? line.FirstSpan : line.ToArray();
        if (!text.Trim(" \t\r"u8).IsEmpty)
        {
            Add(lines, text.Length > LongestLine ? Problem($"longer than {LongestLine >> 10} KiB") : Read(text));
        }
    }

    private void Add(List<MappingLine> lines, MappingLine line)
    {
        lines.Add(line);
        _ended |= line.Problem is not null;
    }

    private MappingLine Read(ReadOnlySpan<byte> text)
    {
        try
        {
            if (JsonSerializer.Deserialize<ImportMappings.Line>(text, json) is not { } input)
            {
                return Problem("must be a JSON object");
            }

            return shape.Problem(input) is { } problem
                ? new MappingLine(_number, Mapping: null, problem)
                : new MappingLine(_number, input.Mapping(RowId.Next(), orgId));
        }
        catch (JsonException exception)
        {
            var member = exception.Path?.TrimStart('$').TrimStart('.');
            return Problem(string.IsNullOrEmpty(member) ? "is not a valid JSON object" : $"{member}: has the wrong type or form");
        }
    }

    private MappingLine Problem(string what) =>
        new(_number, Mapping: null, new ValidationFailure("line", what) { CustomState = ErrorKind.Malformed });
}
