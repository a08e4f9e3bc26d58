using System.Diagnostics;

namespace Hoop.Demo;

/// <summary>A process of the story that runs on beside it: its lines as they come, and an end in order.</summary>
internal sealed class BackgroundProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly List<string> _lines = [];
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private BackgroundProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static BackgroundProcess Start(ProcessStartInfo start)
    {
        start.UseShellExecute = false;
        start.RedirectStandardOutput = start.RedirectStandardError = start.RedirectStandardInput = true;
        var process = new BackgroundProcess(new Process { StartInfo = start });
        process._process.OutputDataReceived += process.Add;
        process._process.ErrorDataReceived += process.Add;
        process._process.Start();
        process._process.StandardInput.Close();
        process._process.BeginOutputReadLine();
        process._process.BeginErrorReadLine();
        return process;
    }

    /// <summary>
    /// The lines up to and with the first that holds <paramref name="text"/>; null when the process ended or time was up before.
    /// </summary>
    public async Task<IReadOnlyList<string>?> Until(string text, TimeSpan limit, CancellationToken stop)
    {
        using var until = CancellationTokenSource.CreateLinkedTokenSource(stop);
        until.CancelAfter(limit);
        var ended = _process.WaitForExitAsync(CancellationToken.None);
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                var at = _lines.FindIndex(line => line.Contains(text, StringComparison.Ordinal));
                if (at >= 0)
                {
                    return _lines[..(at + 1)];
                }

                changed = _changed.Task;
            }

            await Task.WhenAny(changed, ended, Task.Delay(Timeout.Infinite, until.Token));
            stop.ThrowIfCancellationRequested();
            if (!changed.IsCompleted)
            {
                return null;
            }
        }
    }

    public IReadOnlyList<string> Last(int count)
    {
        lock (_gate)
        {
            return [.. _lines.TakeLast(count)];
        }
    }

    /// <summary>Its exit code after the end; null when time was up before.</summary>
    public async Task<int?> Ended(TimeSpan limit)
    {
        using var until = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(until.Token).ContinueWith(
            _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return _process.HasExited ? _process.ExitCode : null;
    }

    /// <summary>SIGTERM, and SIGKILL when that did not help.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            using var kill = Process.Start(
                new ProcessStartInfo("/bin/sh", ["-c", $"kill -TERM {Id}"]) { UseShellExecute = false, RedirectStandardError = true })!;
            await kill.WaitForExitAsync();
            if (await Ended(StopLimit) is null)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
    }

    private void Add(object sender, DataReceivedEventArgs received)
    {
        if (received.Data is null)
        {
            return;
        }

        lock (_gate)
        {
            _lines.Add(received.Data);
            _changed.SetResult();
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
