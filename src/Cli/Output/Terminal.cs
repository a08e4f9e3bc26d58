using System.Runtime.InteropServices;

namespace Hoop.Cli.Output;

/// <summary>The terminal behind standard output, when there is one.</summary>
internal static class Terminal
{
    private const int StandardOutput = 1;
    private const int Narrowest = 40;

    /// <summary>The width of text for people: the terminal's; 100 columns in a file or pipe.</summary>
    public static int Width => Columns ?? 100;

    /// <summary>Null when standard output is no terminal.</summary>
    public static int? Columns { get; } = Measure();

    /// <summary>False when whoever read standard output has gone; a write would say so, and who waits does not write.</summary>
    public static bool IsHeard
    {
        get
        {
            var output = new PollDescriptor { Descriptor = StandardOutput };
            return !OperatingSystem.IsLinux() || Poll(ref output, 1, 0) <= 0 || (output.Returned & PollError) == 0;
        }
    }

    /// <summary>Lines of words, none longer than the width unless a single word is.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        var line = "";
        foreach (var word in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > width)
            {
                yield return line;
                line = "";
            }

            line = line.Length == 0 ? word : $"{line} {word}";
        }

        yield return line;
    }

    private static int? Measure()
    {
        if (Console.IsOutputRedirected)
        {
            return null;
        }

        // The framework's Console.WindowWidth would write its own set-up sequence to the terminal first.
        var size = default(WindowSize);
        var columns = OperatingSystem.IsLinux() && Ioctl(StandardOutput, TerminalGetWindowSize, ref size) == 0 ? size.Columns : 0;
        return columns > 0 ? Math.Max(Narrowest, columns) : 80;
    }

    private const nuint TerminalGetWindowSize = 0x5413;

    [DllImport("libc", EntryPoint = "ioctl")]
    private static extern int Ioctl(int descriptor, nuint request, ref WindowSize size);

    private const short PollError = 8;

    [DllImport("libc", EntryPoint = "poll")]
    private static extern int Poll(ref PollDescriptor descriptor, nuint count, int milliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort WidthInPixels;
        public ushort HeightInPixels;
    }
}
