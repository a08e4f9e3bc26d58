using System.Globalization;
using System.Text;

namespace Hoop.Cli.Configuration;

/// <summary>
/// A file that the user named; <c>-</c> is standard input. Secrets come this way, never as an argument that every process on the machine
/// can see.
/// </summary>
internal static class InputFile
{
    public const int Largest = 1024 * 1024;

    /// <param name="name">The option, for messages.</param>
    /// <exception cref="CliFailure">It cannot be read, is empty or too large.</exception>
    public static byte[] Bytes(string name, string path)
    {
        try
        {
            using var stream = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
            var content = new byte[Largest + 1];
            var length = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            return length switch
            {
                0 => throw new CliFailure($"{name}: {path} is empty"),
                > Largest =>
                    throw new CliFailure(string.Create(CultureInfo.InvariantCulture, $"{name}: {path} is larger than {Largest >> 20} MiB")),
                _ => content[..length],
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliFailure($"{name}: {path} cannot be read: {Problem(path, exception)}");
        }
    }

    /// <summary>Why a file cannot be read or written, as a sentence of ours.</summary>
    public static string Problem(string path, Exception exception) => exception switch
    {
        _ when Directory.Exists(path) => "it is a folder",
        FileNotFoundException or DirectoryNotFoundException => "there is no such file",
        UnauthorizedAccessException => "permission denied",
        ArgumentException => "this is not a path",
        _ => exception.Message,
    };

    /// <summary>The file as text, without a byte order mark.</summary>
    /// <exception cref="CliFailure">As <see cref="Bytes"/>, or it is not UTF-8.</exception>
    public static string Text(string name, string path)
    {
        try
        {
            var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
            return utf8.GetString(Bytes(name, path)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            throw new CliFailure($"{name}: {path} is not UTF-8 text");
        }
    }

    /// <summary>A token: the file's text without surrounding white space.</summary>
    public static string Token(string name, string path) => Settings.ParseToken($"{name} {path}", Text(name, path).Trim());
}
