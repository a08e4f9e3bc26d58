using System.ComponentModel;
using System.Diagnostics;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>Programs that a machine has or has not.</summary>
internal static class MachineProgram
{
    /// <summary>Waits for its end. A program that is not there skips the test.</summary>
    /// <returns>The exit code, and both outputs, one behind the other.</returns>
    public static async Task<(int Code, string Output)> Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{program} is not on this machine");
            throw;
        }
    }
}
