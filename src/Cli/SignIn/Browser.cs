using System.ComponentModel;
using System.Diagnostics;

namespace Hoop.Cli.SignIn;

/// <summary>Opens an address for the user who sits at the terminal.</summary>
internal static class Browser
{
    /// <summary>A program that is called in a loop by another one has nobody who would see the pages.</summary>
    public static bool HasUser => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public static void Open(Uri address)
    {
        var program = OperatingSystem.IsMacOS() ? "open" : "xdg-open";
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, [address.AbsoluteUri])
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            });
        }
        catch (Win32Exception)
        {
            // The address stands in the terminal.
        }
    }
}
