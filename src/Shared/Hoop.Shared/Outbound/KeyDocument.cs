using System.Text;
using Hoop.Shared.Results;

namespace Hoop.Shared.Outbound;

/// <summary>Where a document with keys comes from: a URL, a file, or the configuration itself.</summary>
public sealed class KeyDocument
{
    /// <summary>Code of the error when a file cannot be read.</summary>
    public const string Unreadable = "key_file_unreadable";

    private const int MaxFileBytes = 1024 * 1024;

    private readonly Func<CancellationToken, Task<Result<ReadOnlyMemory<byte>>>> _load;

    private KeyDocument(string name, bool isConstant, Func<CancellationToken, Task<Result<ReadOnlyMemory<byte>>>> load) =>
        (Name, IsConstant, _load) = (name, isConstant, load);

    /// <summary>For logs and health: the URL without its query, the path, or <c>inline</c>.</summary>
    public string Name { get; }

    /// <summary>True when the document cannot change while the process lives: it is read once and never too old.</summary>
    public bool IsConstant { get; }

    public static KeyDocument FromUrl(OutboundHttp http, Uri url, OutboundOptions options) => new(
        OutboundErrors.Name(url), isConstant: false,
        async cancellationToken => (await http.Get(url, options, cancellationToken)).Succeeded(out var fetched, out var error)
            ? fetched.Body
            : error);

    /// <summary>A file that is read anew each time, so that another process may replace it. At most 1 MiB.</summary>
    public static KeyDocument FromFile(string path) => new(path, isConstant: false, cancellationToken => Read(path, cancellationToken));

    public static KeyDocument FromText(string text)
    {
        ReadOnlyMemory<byte> bytes = Encoding.UTF8.GetBytes(text);
        return new KeyDocument("inline", isConstant: true, _ => Task.FromResult<Result<ReadOnlyMemory<byte>>>(bytes));
    }

    /// <summary>Any other source; tests count and delay it.</summary>
    public static KeyDocument From(string name, Func<CancellationToken, Task<Result<ReadOnlyMemory<byte>>>> load) =>
        new(name, isConstant: false, load);

    internal Task<Result<ReadOnlyMemory<byte>>> Load(CancellationToken cancellationToken) => _load(cancellationToken);

    private static async Task<Result<ReadOnlyMemory<byte>>> Read(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = new FileStream(
                path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 4096, FileOptions.Asynchronous);
            var buffer = new byte[MaxFileBytes + 1];
            var filled = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
            return filled > MaxFileBytes
                ? Error.Unavailable($"{path} is larger than {MaxFileBytes} bytes", Unreadable)
                : (ReadOnlyMemory<byte>)buffer.AsMemory(0, filled).ToArray();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return Error.Unavailable(
                $"{path} cannot be read: {(failure is FileNotFoundException or DirectoryNotFoundException ? "it does not exist" : "access failed")}",
                Unreadable);
        }
    }
}
