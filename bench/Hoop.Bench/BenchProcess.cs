using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Hoop.Bench;

/// <summary>One of our own programs on a loopback port, in a process of its own; ended by its id.</summary>
internal sealed class BenchProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Queue<string> _lastLines = new();
    private bool _disposed;

    private BenchProcess(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    private string Name => _process.StartInfo.ArgumentList.FirstOrDefault() ?? _process.StartInfo.FileName;

    /// <summary>From the start of the process to its first good answer.</summary>
    public TimeSpan ReadyAfter { get; private set; }

    /// <summary>STOP freezes it, CONT lets it go on.</summary>
    public Task Signal(string name, CancellationToken cancellationToken) => Tool.Run(
        "kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)], TimeSpan.FromSeconds(5), cancellationToken);

    /// <summary>Of the whole process since its start, as /proc tells it; in steps of 10 ms.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>What the process holds in memory now.</summary>
    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <param name="assembly">The built program: an assembly, or a file that runs by itself.</param>
    /// <param name="listen">The variable that takes the address.</param>
    /// <param name="settings">All that the program sees of <c>HOOP_*</c> and <c>BARE_*</c>.</param>
    /// <param name="probe">Answered with 200 when the program is ready.</param>
    public static async Task<BenchProcess> Start(
        string assembly, string listen, IReadOnlyDictionary<string, string> settings, string probe, CancellationToken cancellationToken)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var start = new ProcessStartInfo(
            assembly.EndsWith(".dll", StringComparison.Ordinal) ? Tool.Find("dotnet") ?? Environment.ProcessPath! : assembly,
            assembly.EndsWith(".dll", StringComparison.Ordinal) ? [assembly] : [])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Folders.Scratch,
        };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("HOOP_", StringComparison.Ordinal)
            || name.StartsWith("OTEL_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment[listen] = address.GetLeftPart(UriPartial.Authority);
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var started = new BenchProcess(new Process { StartInfo = start }, address);
        try
        {
            started._process.OutputDataReceived += started.Keep;
            started._process.ErrorDataReceived += started.Keep;
            started._process.Start();
            started._process.BeginOutputReadLine();
            started._process.BeginErrorReadLine();
            await started.Ready(probe, cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private async Task Ready(string probe, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(5) };
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var answer = await client.GetAsync(new Uri(probe, UriKind.Relative), cancellationToken);
                if (answer.IsSuccessStatusCode)
                {
                    ReadyAfter = watch.Elapsed;
                    return;
                }
            }
            catch (Exception exception) when (exception is HttpRequestException
                || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
            {
                if (_process.HasExited)
                {
                    throw new BenchException($"{Name} ended: {LastLines()}");
                }
            }

            if (watch.Elapsed > StartLimit)
            {
                throw new BenchException(
                    $"{Name} is not ready after {StartLimit.TotalSeconds:0} s: {LastLines()}");
            }

            await Task.Delay(5, cancellationToken);
        }
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_lastLines)
        {
            if (line.Data is { Length: > 0 } text)
            {
                _lastLines.Enqueue(text);
            }

            if (_lastLines.Count > 20)
            {
                _lastLines.Dequeue();
            }
        }
    }

    private string LastLines()
    {
        lock (_lastLines)
        {
            return string.Join(" | ", _lastLines);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
