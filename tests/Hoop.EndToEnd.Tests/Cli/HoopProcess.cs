using System.Diagnostics;
using System.Text;
using Hoop.Cli;
using Hoop.EndToEnd.Tests.RealProcesses;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>How one run of the real program ended.</summary>
internal sealed record Ran(int Code, string Out, string Error);

/// <summary>
/// The program that these tests run: the built one, or the one that <c>HOOP_TEST_CLI</c> names, such as the native one of
/// <c>./publish.sh hoop</c>.
/// </summary>
internal static class HoopProgram
{
    public const string Variable = "HOOP_TEST_CLI";

    private static readonly string? Named = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } path ? path : null;

    public static string Path => Named ?? typeof(HoopCommand).Assembly.Location;

    /// <summary>What is started, with the arguments of <see cref="With"/>.</summary>
    public static string File => Named ?? "dotnet";

    public static string[] With(params string[] arguments) => Named is null ? [Path, .. arguments] : arguments;

    /// <summary>True when these tests run another program than the built one.</summary>
    public static bool IsNamed => Named is not null;
}

/// <summary>The <c>hoop</c> program with a home of its own.</summary>
internal sealed class HoopProcess : IDisposable
{
    public const string Token = "cli-test-token-canary";

    /// <summary>The built program, whatever <see cref="HoopProgram.Variable"/> says.</summary>
    public bool IsBuilt { get; init; }

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
        await using var running = Start(arguments);
        return await running.End(input);
    }

    /// <summary>Behind a terminal, where output and error are one; the words hold no quotes.</summary>
    public async Task<Ran> RunOnTerminal(params string[] arguments)
    {
        string[] words = [HoopProgram.File, .. HoopProgram.With(arguments)];
        var command = string.Join(' ', words.Select(word => $"'{word}'"));
        await using var running = Start("script", ["-qec", command, "/dev/null"]);
        return await running.End();
    }

    /// <summary>A run that the test talks to while it goes on.</summary>
    public RunningHoop Start(params string[] arguments) =>
        IsBuilt ? Start("dotnet", [typeof(HoopCommand).Assembly.Location, .. arguments])
        : Start(HoopProgram.File, HoopProgram.With(arguments));

    private RunningHoop Start(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Home,
        };
        start.Environment["HOME"] = Home;
        return new RunningHoop(Process.Start(start.Isolate(_variables))!);
    }

    public void Dispose() => Directory.Delete(Home, recursive: true);
}

/// <summary>A <c>hoop</c> that runs.</summary>
internal sealed class RunningHoop : IAsyncDisposable
{
    private readonly Process _process;
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(60));
    private readonly Task<string> _output;
    private readonly StringBuilder _error = new();
    private readonly Task _errors;

    public RunningHoop(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync(_limit.Token);
        _errors = ReadErrors();
    }

    /// <summary>What it has written to standard error until now.</summary>
    public string Error
    {
        get
        {
            lock (_error)
            {
                return _error.ToString();
            }
        }
    }

    /// <summary>The rest of the first line of standard error that holds <paramref name="what"/>.</summary>
    public async Task<string> Said(string what)
    {
        string? rest = null;
        await Eventually.True(
            () =>
            {
                var lines = Error.Split('\n')[..^1];
                rest = lines.Select(line => line.Split(what, 2)).FirstOrDefault(parts => parts.Length == 2)?[1];
                return rest is not null || _errors.IsCompleted;
            },
            () => $"it does not say \"{what}\": {Error}");
        return rest ?? throw new AssertionException($"it ended without \"{what}\": {Error}");
    }

    public async Task<Ran> End(string input = "")
    {
        await _process.StandardInput.WriteAsync(input);
        _process.StandardInput.Close();
        await _process.WaitForExitAsync(_limit.Token);
        await _errors;
        return new Ran(_process.ExitCode, await _output, Error);
    }

    public void Interrupt() => ChildProcess.Interrupt(_process);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
        _limit.Dispose();
    }

    private async Task ReadErrors()
    {
        var buffer = new char[4096];
        while (await _process.StandardError.ReadAsync(buffer, _limit.Token) is > 0 and var length)
        {
            lock (_error)
            {
                _error.Append(buffer, 0, length);
            }
        }
    }
}
