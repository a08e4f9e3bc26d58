using System.Diagnostics;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using NUnit.Framework;
using static Hoop.EndToEnd.Tests.Agent.Execution.CommandFixture;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

internal sealed class NothingLeftBehindTests
{
    private static readonly string[] Ways =
    [
        "echo $$; sleep 300 & echo $!; sleep 300",
        "echo $$; (trap '' TERM HUP INT; sleep 300) & echo $!; (sleep 300; true) & echo $!; wait",
        "echo $$; nohup sh -c 'sleep 300; true' >/dev/null 2>&1 & echo $!; wait",
        "echo $$; setsid sleep 300 & echo $!; sleep 300",
    ];

    [TestCaseSource(nameof(Ways))]
    public async Task At_the_time_limit_grandchildren_die_too(string script)
    {
        var started = Stopwatch.GetTimestamp();

        var result = await Run(Shell(script) with { TimeoutSeconds = 1 });

        Assert.That((result.Status, result.ExitCode), Is.EqualTo((ExecutionStatus.Timeout, (int?)null)));
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(5)));
        await AreGone(Processes(result.Output));
    }

    [TestCase("sh", "sleep 300 & echo $!")]
    [TestCase("sh", "sleep 300 >/dev/null 2>&1 </dev/null & echo $!")]
    [TestCase("bash", "set -m; sleep 300 & echo $!", Description = "job control: a process group of its own")]
    public async Task What_a_command_leaves_in_the_background_ends_with_it(string shell, string script)
    {
        var started = Stopwatch.GetTimestamp();

        var result = await Run(shell, "-c", script);

        Assert.That(result.Status, Is.EqualTo(ExecutionStatus.Success));
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(5)));
        await AreGone(Processes(result.Output));
    }

    [Test]
    public async Task A_cancelled_command_is_killed_with_everything_it_started()
    {
        var file = Path.Join(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.pids");
        using var stop = new CancellationTokenSource();
        var running = Run(
            Shell($"sleep 300 & echo $! > '{file}.part'; echo $$ >> '{file}.part'; mv '{file}.part' '{file}'; wait"), stop.Token);
        await Eventually.True(() => File.Exists(file), () => "the command did not start");

        await stop.CancelAsync();
        var result = await running;

        Assert.That(result.Status, Is.EqualTo(ExecutionStatus.Cancelled));
        await AreGone(Processes(await File.ReadAllTextAsync(file)));
        File.Delete(file);
    }

    [Test]
    public async Task What_was_written_before_the_time_limit_is_kept()
    {
        var result = await Run(Shell("echo before; sleep 300; echo after") with { TimeoutSeconds = 1 });

        Assert.That(result.Output, Is.EqualTo("before\n"));
    }

    [Test]
    public async Task No_zombie_and_no_descriptor_stays()
    {
        await Run("true");
        var before = Directory.GetFiles("/proc/self/fd").Length;

        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Run(Shell("echo $$; cat") with { Script = "" })));

        var processes = results.SelectMany(result => Processes(result.Output)).ToArray();
        Assert.That(processes, Has.Length.EqualTo(16));
        Assert.That(processes.Where(process => Directory.Exists($"/proc/{process}")), Is.Empty);
        Assert.That(Directory.GetFiles("/proc/self/fd"), Has.Length.LessThan(before + 16));
    }

    [Test]
    public async Task A_command_more_than_the_limit_is_told_so_and_the_place_is_free_again_afterwards()
    {
        var runner = Runner(parallel: 1);
        using var stop = new CancellationTokenSource();
        var first = runner.Run(Request("sleep", "300"), stop.Token);

        var second = await runner.Run(Request("true"), CancellationToken.None);
        await stop.CancelAsync();
        await first;
        var third = await runner.Run(Request("true"), CancellationToken.None);

        Assert.That((second.Status, second.Output), Is.EqualTo((ExecutionStatus.Failed, "the agent is busy: it runs 1 commands already")));
        Assert.That(third.Status, Is.EqualTo(ExecutionStatus.Success));
    }

    private static async Task AreGone(int[] processes)
    {
        Assert.That(processes, Is.Not.Empty);
        await Eventually.True(() => !processes.Any(IsAlive), () => $"still alive: {string.Join(", ", processes.Where(IsAlive))}");
    }
}
