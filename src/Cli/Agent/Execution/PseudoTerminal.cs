using System.Runtime.InteropServices;
using System.Text;
using Hoop.Spiffe.Contracts.AgentChannel;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// A terminal without a screen (pty(7)): the command gets its one end, we keep the other. All calls of the C library that it needs are
/// here; the numbers are Linux's.
/// </summary>
internal sealed class PseudoTerminal : IDisposable
{
    private const int ReadAndWrite = 2;
    private const int NotOurs = 0x100;
    private const nuint SetWindowSize = 0x5414;

    private PseudoTerminal(SafeDescriptor master, string path) => (Master, Path) = (master, path);

    /// <summary>Our end; it does not block.</summary>
    public SafeDescriptor Master { get; }

    /// <summary>Of the command's end.</summary>
    public string Path { get; }

    public static bool IsSize(int columns, int rows) =>
        columns is > 0 and <= StreamRules.LargestTerminal && rows is > 0 and <= StreamRules.LargestTerminal;

    /// <exception cref="IOException">This machine gives none.</exception>
    public static PseudoTerminal Open(int columns, int rows)
    {
        var master = new SafeDescriptor(OpenMaster(ReadAndWrite | NotOurs | Libc.CloseOnExec));
        var name = new byte[128];
        if (master.IsInvalid
            || Grant(master.Number) != 0
            || Unlock(master.Number) != 0
            || NameOf(master.Number, name, (nuint)name.Length) != 0)
        {
            var reason = Marshal.GetLastPInvokeErrorMessage();
            master.Dispose();
            throw new IOException($"the agent's machine gives no terminal: {reason}");
        }

        var terminal = new PseudoTerminal(master, Encoding.ASCII.GetString(name, 0, Array.IndexOf(name, (byte)0)));
        Libc.DoNotBlock(master);
        terminal.Resize(columns, rows);
        return terminal;
    }

    /// <summary>The kernel tells the program in front (SIGWINCH) when it is another size.</summary>
    public void Resize(int columns, int rows)
    {
        var size = new WindowSize { Columns = (ushort)columns, Rows = (ushort)rows };
        _ = SetSize(Master.Number, SetWindowSize, ref size);
    }

    /// <summary>The process group in front; null when there is none.</summary>
    public int? Foreground() => GroupInFront(Master.Number) is > 0 and var group ? group : null;

    public void Dispose() => Master.Dispose();

    [DllImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static extern int OpenMaster(int flags);

    [DllImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static extern int Grant(int master);

    [DllImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static extern int Unlock(int master);

    [DllImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static extern int NameOf(int master, [Out] byte[] name, nuint length);

    [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static extern int SetSize(int descriptor, nuint request, ref WindowSize size);

    [DllImport("libc", EntryPoint = "tcgetpgrp", SetLastError = true)]
    private static extern int GroupInFront(int descriptor);

    [StructLayout(LayoutKind.Sequential)]
    private struct WindowSize
    {
        public ushort Rows;
        public ushort Columns;
        public ushort WidthInPixels;
        public ushort HeightInPixels;
    }
}
