using System.Diagnostics;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary><c>./run.sh --with-agent</c> as a newcomer starts it, and what it says to try, pasted into a shell.</summary>
internal sealed class WithAgentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-with-agent-").FullName;
    private readonly List<string> _lines = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Gateway_and_agent_come_up_together_what_it_says_works_when_pasted_and_one_signal_ends_both()
    {
        if (!File.Exists(SourceTree.At(".build", "gateway.stamp")) || !File.Exists(SourceTree.At(".build", "cli.stamp")))
        {
            Assert.Ignore("it would build the programs first; ./test.sh has built them");
        }

        using var started = Start("exec ./run.sh --with-agent");
        try
        {
            await Try(started);
        }
        finally
        {
            if (!started.HasExited)
            {
                started.Kill(entireProcessTree: true);
            }
        }
    }

    private async Task Try(Process started)
    {
        started.OutputDataReceived += (_, line) => Note(line.Data);
        started.ErrorDataReceived += (_, line) => Note(line.Data);
        started.BeginOutputReadLine();
        started.BeginErrorReadLine();
        await Eventually.True(() => Said("Ctrl-C stops both."), All, ChildProcess.Limit);

        var tries = Lines().SkipWhile(line => !line.StartsWith("Try next, in another terminal:", StringComparison.Ordinal)).Skip(1)
            .TakeWhile(line => line.StartsWith("  ", StringComparison.Ordinal)).ToArray();
        Assert.That(tries, Has.Length.EqualTo(3), All());
        using var pasted = Start("set -e\n" + string.Join('\n', tries));
        var (output, errors) = (pasted.StandardOutput.ReadToEndAsync(), pasted.StandardError.ReadToEndAsync());
        await pasted.WaitForExitAsync().WaitAsync(ChildProcess.Limit);
        Assert.That(pasted.ExitCode, Is.Zero, await errors + All());
        Assert.That(await output, Does.Contain("local").And.Contain("hello from "));

        ChildProcess.Interrupt(started);
        await started.WaitForExitAsync().WaitAsync(ChildProcess.Limit);
        Assert.That(started.ExitCode, Is.Zero, All());
        Assert.That(All(), Does.Contain("Hoop has stopped"));
        Assert.That(Said("API page"), All());
    }

    private Process Start(string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = SourceTree.Root,
        };
        return Process.Start(start.Isolate(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOME"] = _folder, ["HOOP_DATA_DIR"] = Path.Combine(_folder, "data"), ["HOOP_LISTEN"] = "http://127.0.0.1:0",
        }))!;
    }

    private void Note(string? line)
    {
        lock (_lines)
        {
            _lines.Add(line ?? "");
        }
    }

    private string[] Lines()
    {
        lock (_lines)
        {
            return [.. _lines];
        }
    }

    private bool Said(string text) => Lines().Any(line => line.Contains(text, StringComparison.Ordinal));

    private string All() => string.Join('\n', Lines());
}
