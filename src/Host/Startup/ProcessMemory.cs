using System.Runtime.InteropServices;

namespace Hoop.Host.Startup;

/// <summary>
/// Closes the gateway's memory and environment, which hold its keys, to other processes of its user (PR_SET_DUMPABLE:
/// <c>/proc/PID/environ</c>, <c>/proc/PID/mem</c>, ptrace). Root sees them nevertheless; the runtime's diagnostics socket is closed by
/// <c>DOTNET_EnableDiagnostics=0</c>.
/// </summary>
internal static class ProcessMemory
{
    private const int SetDumpable = 4;

    public static void Close()
    {
        if (OperatingSystem.IsLinux())
        {
            _ = Control(SetDumpable, 0, 0, 0, 0);
        }
    }

    [DllImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static extern int Control(int option, nuint value, nuint unused3, nuint unused4, nuint unused5);
}
