using System.Runtime.InteropServices;
using System.Text;

namespace Hoop.Cli.Agent.Execution;

/// <summary>
/// Starts this program anew in its place, because the runtime's diagnostics socket (<c>/tmp/dotnet-diagnostic-PID-…</c>) gives the
/// environment, and with it the agent's key, to every process of the same user, and only a variable that is there at the start keeps it
/// from being opened.
/// </summary>
internal static class ProcessImage
{
    private const string Variable = "DOTNET_EnableDiagnostics";

    /// <summary>
    /// Does not return when it worked: same process, same arguments, one variable more. Whoever sets the variable, to whatever value,
    /// has decided.
    /// </summary>
    public static void CloseDiagnostics()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not null)
        {
            return;
        }

        // As the system has them: .NET's own list lacks the host's part.
        var arguments = Encoding.UTF8.GetString(File.ReadAllBytes("/proc/self/cmdline")).TrimEnd('\0').Split('\0');
        var variables = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Select(entry => $"{entry.Key}={entry.Value}");
        var (argv, envp) = (Vector(arguments), Vector(variables.Append($"{Variable}=0")));

        // The socket is bound to a file, which would outlive this image without anybody behind it.
        foreach (var left in Directory.EnumerateFiles(Path.GetTempPath(), $"*-{Environment.ProcessId}-*").Where(IsOfDiagnostics))
        {
            File.Delete(left);
        }

        // Only on failure it comes back; then the agent runs as it would have without this.
        _ = Libc.Execute("/proc/self/exe", argv, envp);
    }

    private static bool IsOfDiagnostics(string path) =>
        Path.GetFileName(path) is var name
        && (
            name.StartsWith("dotnet-diagnostic-", StringComparison.Ordinal)
                || name.StartsWith("clr-debug-pipe-", StringComparison.Ordinal));

    private static nint[] Vector(IEnumerable<string> texts) => [.. texts.Select(Marshal.StringToCoTaskMemUTF8), 0];
}
