using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace Hoop.Spiffe.Mappings;

/// <summary>
/// An import from its first line to its last: while one chunk is written the next is read and checked. What was written stays when a later
/// line is refused, and the refusal says how far it came.
/// </summary>
internal sealed class MappingImport(
    ISender sender, ICaller caller, MappingShape shape, IOptions<JsonOptions> json)
{
    public const string ContentType = "application/x-ndjson";

    private const long LargestNumber = 1_000_000_000_000;

    /// <param name="context">The request whose body is imported.</param>
    /// <param name="firstLine">What the first line is called in errors, for a client that sends a file in parts.</param>
    /// <param name="cancellationToken">Of the request.</param>
    public async Task<Result<ImportMappings.Response>> Run(HttpContext context, long firstLine, CancellationToken cancellationToken)
    {
        if (!IsLines(context.Request.ContentType))
        {
            return Error.Malformed($"send one JSON object a line as Content-Type: {ContentType}", "unsupported_media_type");
        }

        if (firstLine is < 1 or > LargestNumber)
        {
            return Error.Malformed("first_line: must be a whole number from 1 on");
        }

        var lines = new MappingLines(context.Request.BodyReader, json.Value.SerializerOptions, shape, caller.OrgId, firstLine);
        var (total, stored, mayExist) = (new ImportMappings.Response(0, 0, 0), firstLine - 1, false);
        var chunk = await lines.Next(cancellationToken);
        while (chunk.Lines.Count > 0)
        {
            // The body may be held back until long after the credential was revoked.
            if (await HeldRequest.NotAdmitted(context, cancellationToken) is { } refused)
            {
                return Refused(refused, firstLine, stored);
            }

            var reached = lines.Number;
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

            // On another thread: what has arrived already is read without a pause.
            var reading = Task.Run(() => lines.Next(stop.Token), CancellationToken.None);
            var written = await Write(chunk, mayExist, reading, stop, cancellationToken);
            if (!written.Succeeded(out var made, out var error))
            {
                return Refused(error, firstLine, stored);
            }

            mayExist |= made.Count < chunk.Lines.Count;
            total = new(
                total.Lines + chunk.Lines.Count, total.Created + made.Count, total.Unchanged + chunk.Lines.Count - made.Count);
            (chunk, stored) = (await reading, reached);
        }

        return total;
    }

    /// <summary>A message about one line.</summary>
    public static string At(long line, string message) => string.Create(CultureInfo.InvariantCulture, $"line {line}: {message}");

    // A refusal does not wait for what the client has still to send, and nothing goes on with the request's body after it.
    private async Task<Result<IReadOnlyList<Mapping>>> Write(
        MappingChunk chunk, bool mayExist, Task reading, CancellationTokenSource stop, CancellationToken cancellationToken)
    {
        var isWritten = false;
        try
        {
            var written = await sender.Send(new ImportMappings.Request(chunk, mayExist), cancellationToken);
            if (!mayExist && written.Error?.Code == MappingErrors.AlreadyExists.Code)
            {
                written = await sender.Send(new ImportMappings.Request(chunk, MayExist: true), cancellationToken);
            }

            isWritten = written.Error is null;
            return written;
        }
        finally
        {
            if (!isWritten)
            {
                await stop.CancelAsync();
                await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static Error Refused(Error error, long firstLine, long stored) => error with
    {
        Message = stored < firstLine
            ? $"{error.Message} (nothing was stored)"
            : string.Create(CultureInfo.InvariantCulture, $"{error.Message} (lines {firstLine} to {stored} are stored, nothing after them)"),
    };

    private static bool IsLines(string? contentType) =>
        contentType?.Split(';')[0].Trim().Equals(ContentType, StringComparison.OrdinalIgnoreCase) == true;
}
