using System.Diagnostics;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// One of our programs as a process of its own: no <c>HOOP_*</c> variable but those given, a home of its own, an end with the test.
/// </summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    public const int SigTerm = 15;
    public const int SigKill = 9;

    /// <summary>Generous: the machine may be busy with other tests.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly Lines _output = new();
    private readonly Lines _errors = new();

    private ChildProcess(Process process) => _process = process;

    /// <summary>Lines of standard output so far.</summary>
    public IReadOnlyList<string> Output => _output.All;

    /// <summary>Lines of standard error so far.</summary>
    public IReadOnlyList<string> Errors => _errors.All;

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>The most memory that it ever held, in kB.</summary>
    public long Peak => long.Parse(
        File.ReadLines($"/proc/{Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Ctrl-C; where whoever started the tests has it ignored, as a shell does in the background, the polite end.</summary>
    public static void Interrupt(Process process)
    {
        const int InterruptBit = 2;
        var ignored = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        var isIgnored = (Convert.ToInt64(ignored["SigIgn:".Length..].Trim(), 16) & InterruptBit) != 0;
        using var kill = Process.Start(
            "kill", [isIgnored ? "-TERM" : "-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <param name="program">The program: an assembly, or a file that runs by itself.</param>
    /// <param name="home">Its home and working directory.</param>
    public static ChildProcess Start(
        string program, string home, IReadOnlyDictionary<string, string> variables, params string[] arguments)
    {
        var isAssembly = program.EndsWith(".dll", StringComparison.Ordinal);
        var start = new ProcessStartInfo(isAssembly ? "dotnet" : program, isAssembly ? [program, .. arguments] : arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        start.Environment["HOME"] = home;
        var child = new ChildProcess(new Process { StartInfo = start.Isolate(variables) });
        child._process.OutputDataReceived += (_, line) => child._output.Add(line.Data);
        child._process.ErrorDataReceived += (_, line) => child._errors.Add(line.Data);
        child._process.Start();
        child._process.StandardInput.Close();
        child._process.BeginOutputReadLine();
        child._process.BeginErrorReadLine();
        return child;
    }

    /// <summary>Waits for a line, on either output, that holds <paramref name="text"/>.</summary>
    public async Task<string> Said(string text)
    {
        var started = Stopwatch.GetTimestamp();
        while (Find() is null && !_process.HasExited && Stopwatch.GetElapsedTime(started) < Limit)
        {
            await Task.Delay(10);
        }

        // The last lines of a process that ended are read when its end is awaited.
        if (Find() is null && _process.HasExited)
        {
            await Ended();
        }

        var found = Find();
        Assert.That(found, Is.Not.Null, () => $"the process did not say \"{text}\"; it said:\n{string.Join('\n', Output.Concat(Errors))}");
        return found!;

        string? Find() => Output.Concat(Errors).FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
    }

    /// <summary>Sends a signal, waits for the end and answers the exit code.</summary>
    public async Task<int> End(int signal)
    {
        await Signal(signal);
        return await Ended();
    }

    /// <summary>Waits for the end, all output read, and answers the exit code.</summary>
    public async Task<int> Ended()
    {
        using var limit = new CancellationTokenSource(Limit);
        await _process.WaitForExitAsync(limit.Token);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal by its number: 19 freezes the process, 18 lets it go on.</summary>
    public async Task Signal(int signal)
    {
        using var kill = Process.Start("sh", ["-c", $"kill -{signal} {_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // In order, so that a gateway takes its PostgreSQL along.
            await Signal(SigTerm);
            using var limit = new CancellationTokenSource(Limit);
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill();
            }
        }

        _process.Dispose();
    }

    private sealed class Lines
    {
        private readonly Lock _gate = new();
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> All
        {
            get
            {
                lock (_gate)
                {
                    return [.. _lines];
                }
            }
        }

        public void Add(string? line)
        {
            lock (_gate)
            {
                if (line is not null)
                {
                    _lines.Add(line);
                }
            }
        }
    }
}
