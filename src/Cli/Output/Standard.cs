using System.Text;

namespace Hoop.Cli.Output;

/// <summary>
/// Standard output and error as UTF-8, whatever the locale. Not the framework's own writers: those set up the terminal first
/// (<c>ESC[?1h ESC=</c>), which nothing here needs.
/// </summary>
internal static class Standard
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static TextWriter Output() => Of(Console.OpenStandardOutput());

    public static TextWriter Error() => Of(Console.OpenStandardError());

    private static StreamWriter Of(Stream stream) => new(stream, Utf8) { AutoFlush = true, NewLine = "\n" };
}
