using System.Runtime.InteropServices;

namespace Hoop.Cli.Sessions;

/// <summary>
/// The terminal of the user, handed over to a program elsewhere: each key goes as it is, nothing is shown twice, and afterwards it is as it
/// was (termios(3)). The calls of the C library that this needs are here.
/// </summary>
internal sealed class UserTerminal : IDisposable
{
    private const int Input = 0;
    private const int Output = 1;
    private const int AfterOutput = 1;

    private readonly byte[] _before;

    private UserTerminal(byte[] before) => _before = before;

    /// <summary>Both standard input and output are one.</summary>
    public static bool IsThere => OperatingSystem.IsLinux() && IsTerminal(Input) == 1 && IsTerminal(Output) == 1;

    /// <summary>Columns and rows.</summary>
    public static (int Columns, int Rows) Size
    {
        get
        {
            var size = default(WindowSize);
            return Ioctl(Output, 0x5413, ref size) == 0 && size is { Columns: > 0, Rows: > 0 } ? (size.Columns, size.Rows) : (80, 24);
        }
    }

    /// <summary>Until it is disposed of.</summary>
    public static UserTerminal Raw()
    {
        // Larger than termios of any C library.
        var before = new byte[512];
        _ = Get(Input, before);
        var raw = before.ToArray();
        MakeRaw(raw);
        _ = Set(Input, AfterOutput, raw);
        return new UserTerminal(before);
    }

    public void Dispose() => _ = Set(Input, AfterOutput, _before);

    [DllImport("libc", EntryPoint = "isatty")]
    private static extern int IsTerminal(int descriptor);

    [DllImport("libc", EntryPoint = "tcgetattr")]
    private static extern int Get(int descriptor, [Out] byte[] settings);

    [DllImport("libc", EntryPoint = "tcsetattr")]
    private static extern int Set(int descriptor, int when, byte[] settings);

    [DllImport("libc", EntryPoint = "cfmakeraw")]
    private static extern void MakeRaw([In, Out] byte[] settings);

    [DllImport("libc", EntryPoint = "ioctl")]
    private static extern int Ioctl(int descriptor, nuint request, ref WindowSize size);

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort WidthInPixels;
        public ushort HeightInPixels;
    }
}
