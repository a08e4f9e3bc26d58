using System.Diagnostics;
using Hoop.Cli;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>How one run of the real program ended.</summary>
internal sealed record Ran(int Code, string Out, string Error);

/// <summary>The <c>hoop</c> program with a home of its own.</summary>
internal sealed class HoopProcess : IDisposable
{
    public const string Token = "cli-test-token-canary";

    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);

    public HoopProcess(Uri? gateway = null, string? token = Token)
    {
        if (gateway is not null)
        {
            _variables["HOOP_APIURL"] = gateway.ToString();
        }

        if (token is not null)
        {
            _variables["HOOP_TOKEN"] = token;
        }
    }

    public string Home { get; } = Directory.CreateTempSubdirectory("hoop-cli-").FullName;

    public string ConfigPath => Path.Combine(Home, ".hoop", "config.toml");

    public HoopProcess With(string variable, string value)
    {
        _variables[variable] = value;
        return this;
    }

    /// <summary>A file in the home; answers its path.</summary>
    public string File(string name, string content)
    {
        var path = Path.Combine(Home, name);
        System.IO.File.WriteAllText(path, content);
        return path;
    }

    public Task<Ran> Run(params string[] arguments) => RunWithInput("", arguments);

    public async Task<Ran> RunWithInput(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(HoopCommand).Assembly.Location, .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Home,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("HOOP_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["HOME"] = Home;
        foreach (var (name, value) in _variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return new Ran(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);
}
