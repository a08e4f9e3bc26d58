using System.Diagnostics;

namespace Hoop.Bench;

/// <summary>Programs of the machine that run for a bounded time and say something.</summary>
internal static class Tool
{
    /// <summary>The program's path, or null when it is not installed. Debian keeps some of PostgreSQL's outside PATH.</summary>
    public static string? Find(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(
            Directory.Exists("/usr/lib/postgresql")
                ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(folder => $"{folder}/bin")
                : [])
        .Select(folder => Path.Combine(folder, name))
        .FirstOrDefault(File.Exists);

    /// <summary>Its standard output.</summary>
    /// <exception cref="BenchException">It is missing, fails, or takes longer than <paramref name="limit"/>.</exception>
    public static async Task<string> Run(
        string name, IEnumerable<string> arguments, TimeSpan limit, CancellationToken cancellationToken, IReadOnlyDictionary<string,
            string>? environment = null)
    {
        var start = new ProcessStartInfo(
            Find(name) ?? throw new BenchException($"{name} is not installed"),
            arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (variable, value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            start.Environment[variable] = value;
        }

        using var process = Process.Start(start)!;
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limited.CancelAfter(limit);
        try
        {
            var (output, errors) = (
                process.StandardOutput.ReadToEndAsync(limited.Token), process.StandardError.ReadToEndAsync(limited.Token));
            await process.WaitForExitAsync(limited.Token);
            return process.ExitCode == 0
                ? await output
                : throw new BenchException($"{name} failed: {(await errors).Trim()} {(await output).Trim()}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BenchException($"{name} did not end within {limit.TotalSeconds:0} s");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }
}

internal static class Folders
{
    /// <summary>The repository.</summary>
    public static string Root { get; } = Find();

    public static string Results { get; } = Path.Combine(Root, "bench", "results");

    /// <summary>Not committed.</summary>
    public static string Temporary { get; } = Path.Combine(Results, "tmp");

    /// <summary>Of this run; removed with it.</summary>
    public static string Scratch { get; } = Directory.CreateDirectory(Path.Combine(Temporary, $"run-{Environment.ProcessId}")).FullName;

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Hoop.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No solution above {AppContext.BaseDirectory}.");
    }
}
