using System.ComponentModel;
using System.Diagnostics;
using Hoop.Shared.Configuration;

namespace Hoop.PrivatePostgres;

/// <summary>A program that ran to its end.</summary>
/// <param name="Output">Standard output, then standard error.</param>
internal sealed record Command(int ExitCode, string Output)
{
    /// <exception cref="ConfigurationException">The program failed; its last line is the reason.</exception>
    public void Demand(string variable, string problem)
    {
        if (ExitCode != 0)
        {
            throw new ConfigurationException(variable, $"{problem}: {LastLine(Output)}");
        }
    }

    /// <summary>
    /// Runs a program in the root folder, with nothing of the gateway's environment but PATH: its variables hold secrets, and another
    /// user's processes are not to be given them.
    /// </summary>
    /// <returns>Exit code 127 when there is no such program.</returns>
    public static async Task<Command> Run(string[] words, CancellationToken cancellationToken, string input = "")
    {
        try
        {
            using var process = Process.Start(Describe(words))!;
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
                var error = process.StandardError.ReadToEndAsync(cancellationToken);
                await Feed(process, input, cancellationToken);
                await process.WaitForExitAsync(cancellationToken);
                return new Command(process.ExitCode, await output + await error);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }
        }
        catch (Win32Exception failure)
        {
            return new Command(127, failure.Message);
        }
    }

    private static async Task Feed(Process process, string input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading; its exit code says why.
        }
    }

    /// <summary>How <see cref="Run"/> starts a program: all three streams are pipes.</summary>
    public static ProcessStartInfo Describe(string[] words)
    {
        var start =
            new ProcessStartInfo(words[0], words.Skip(1))
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = "/"
            };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/local/bin:/usr/bin:/bin";
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    public static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it said nothing";
}
