using System.Text;

namespace Hoop.Cli.Output;

/// <summary>Standard output and error as UTF-8, whatever the locale.</summary>
internal static class Standard
{
    /// <summary>The user's terminal by its name, from before <see cref="Output"/> hides it from the framework.</summary>
    public static string? TerminalName { get; } = Environment.GetEnvironmentVariable("TERM");

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public static TextWriter Output(Stream stream)
    {
        _ = TerminalName;

        // Before its first byte the framework sets a terminal up by what its TERM can do (ESC[?1h ESC=), which nothing here needs.
        Environment.SetEnvironmentVariable("TERM", "dumb");
        return Of(stream);
    }

    public static TextWriter Error(Stream stream) => Of(stream);

    private static StreamWriter Of(Stream stream) => new(stream, Utf8) { AutoFlush = true, NewLine = "\n" };
}
