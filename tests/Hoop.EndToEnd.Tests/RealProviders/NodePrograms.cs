using System.Diagnostics;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProviders;

/// <summary>
/// Programs of others from the npm registry, installed once a run from the committed lock file. Where Node or its registry is missing the
/// tests are skipped, and say so.
/// </summary>
internal static class NodePrograms
{
    private static readonly Lazy<Task<(string Folder, string? Problem)>> Installed = new(Install);

    public static string? Chromium { get; } =
        new[] { "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);

    /// <summary>The folder to run scripts in; ends the test when there is none.</summary>
    public static async Task<string> Folder()
    {
        var (folder, problem) = await Installed.Value;
        if (problem is not null)
        {
            Assert.Ignore($"no provider of others is asked: Node 20 or newer, npm and its registry are needed: {problem}");
        }

        return folder;
    }

    public static ProcessStartInfo Script(string folder, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node", [script, .. arguments])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NO_COLOR"] = "1";
        return start;
    }

    private static async Task<(string Folder, string? Problem)> Install()
    {
        var folder = Path.Combine(TestContext.CurrentContext.TestDirectory, "RealProviders", "npm");
        var start = new ProcessStartInfo("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            using var process = Process.Start(start)!;
            using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return (folder, process.ExitCode == 0 ? null : await output + await error);
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or OperationCanceledException)
        {
            return (folder, exception.Message);
        }
    }
}
