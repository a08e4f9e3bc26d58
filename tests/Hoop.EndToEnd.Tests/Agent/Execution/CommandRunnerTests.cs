using System.Runtime.Versioning;
using Hoop.Spiffe.Contracts.AgentChannel;
using NUnit.Framework;
using static Hoop.EndToEnd.Tests.Agent.Execution.CommandFixture;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

[SupportedOSPlatform("linux")]
internal sealed class CommandRunnerTests
{
    [Test]
    public async Task The_environment_is_what_was_given_plus_PATH_and_HOME()
    {
        Environment.SetEnvironmentVariable("HOOP_TEST_OF_THE_AGENT", "must not be seen");

        var result = await Run(
            Request("env") with { Environment = new Dictionary<string, string> { ["GIVEN"] = "a b\n\"c\"", ["EMPTY"] = "" } });

        var expected = new List<string> { "EMPTY=", "GIVEN=a b", "\"c\"", $"PATH={Environment.GetEnvironmentVariable("PATH")}" };
        if (Environment.GetEnvironmentVariable("HOME") is { } home)
        {
            expected.Add($"HOME={home}");
        }

        Assert.That(result.Output.TrimEnd('\n').Split('\n'), Is.EquivalentTo(expected));
    }

    [Test]
    public async Task A_given_PATH_and_HOME_win_for_the_command_but_do_not_decide_which_program_it_is()
    {
        var result = await Run(
            Request("env") with { Environment = new Dictionary<string, string> { ["PATH"] = "/nowhere", ["HOME"] = "/tmp" } });

        Assert.That(result.Status, Is.EqualTo(ExecutionStatus.Success));
        Assert.That(result.Output.TrimEnd('\n').Split('\n'), Is.EquivalentTo(["PATH=/nowhere", "HOME=/tmp"]));
    }

    [Test]
    public async Task The_script_arrives_on_standard_input_which_is_then_closed()
    {
        var result = await Run(Request("cat") with { Script = "SELECT 1;\näöü €" });

        Assert.That(result, Is.EqualTo(new ExecutionResult(result.Id, ExecutionStatus.Success, 0, "SELECT 1;\näöü €", Truncated: false)));
    }

    [Test]
    public async Task A_script_larger_than_a_pipe_goes_in_while_its_output_comes_out()
    {
        var script = new string('x', 700_000);

        var result = await Run(Request("cat") with { Script = script });

        Assert.That(result.Output, Is.EqualTo(script));
    }

    [TestCase("true", 0)]
    [TestCase("false", 1)]
    public async Task A_command_that_never_reads_a_large_script_ends_as_usual(string command, int exitCode)
    {
        var result = await Run(Request(command) with { Script = new string('x', 1_000_000) });

        Assert.That(result.ExitCode, Is.EqualTo(exitCode));
    }

    [Test]
    public async Task A_command_that_closed_its_output_still_gets_the_whole_script()
    {
        var file = Path.Join(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.txt");

        var result = await Run(Shell($"exec >&- 2>&-; cat > '{file}'") with { Script = new string('x', 500_000) });

        Assert.That((result.ExitCode, new FileInfo(file).Length), Is.EqualTo((0, 500_000L)));
        File.Delete(file);
    }

    [Test]
    public async Task Both_outputs_are_merged_in_the_order_in_which_they_were_written()
    {
        var result = await Run(Shell("i=0; while [ $i -lt 200 ]; do echo out$i; echo err$i >&2; i=$((i+1)); done"));

        Assert.That(result.Output, Is.EqualTo(string.Concat(Enumerable.Range(0, 200).Select(i => $"out{i}\nerr{i}\n"))));
    }

    [Test]
    public async Task Of_a_hundred_megabytes_only_the_limit_is_kept_and_the_command_runs_to_its_end()
    {
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var result = await Run(Shell("head -c 104857600 /dev/zero | tr '\\0' x; echo done >&2; exit 3") with { OutputLimitBytes = 1000 });

        Assert.That(result, Is.EqualTo(new ExecutionResult(result.Id, ExecutionStatus.Failed, 3, new string('x', 1000), Truncated: true)));
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before, Is.LessThan(8 * 1024 * 1024));
    }

    [TestCase(5, false, "äbä")]
    [TestCase(4, true, "äb")]
    [TestCase(0, true, "")]
    public async Task The_output_limit_counts_bytes_and_cuts_no_character_in_two(int limit, bool truncated, string kept)
    {
        var result = await Run(Request("printf", "%s", "äbä") with { OutputLimitBytes = limit });

        Assert.That((result.Output, result.Truncated), Is.EqualTo((kept, truncated)));
    }

    [Test]
    public async Task Output_that_is_not_text_is_kept_as_well_as_UTF8_can()
    {
        var result = await Run(Request("printf", @"a\000b\377c\033[31m\r\n"));

        Assert.That(result.Output, Is.EqualTo("a\0b\ufffdc\u001b[31m\r\n"));
    }

    [TestCase("exit 7", 7)]
    [TestCase("kill -TERM $$", 128 + 15)]
    [TestCase("kill -KILL $$", 128 + 9)]
    [TestCase("kill -PIPE $$", 128 + 13, Description = "The agent ignores SIGPIPE, its commands must not")]
    public async Task The_exit_code_is_the_commands_own_or_tells_the_signal(string script, int exitCode)
    {
        var result = await Run(Shell(script));

        Assert.That((result.Status, result.ExitCode), Is.EqualTo((ExecutionStatus.Failed, (int?)exitCode)));
    }

    [TestCase("$(id)")]
    [TestCase("a;b|c>d `e` * ~")]
    [TestCase("line\nbreak\ttab\u0001\u001b[0m", TestName = "Arguments_with_control_characters_arrive_as_they_are")]
    [TestCase("")]
    public async Task Arguments_arrive_as_they_are_because_there_is_no_shell(string argument)
    {
        var result = await Run("printf", "<%s>", argument);

        Assert.That(result.Output, Is.EqualTo($"<{argument}>"));
    }

    [Test]
    public async Task Variables_in_arguments_come_from_the_given_environment_alone()
    {
        var request = Request("printf", "%s|", "--project_id=$PROJECT", "${PROJECT}x", "$PROJECTX", "$PATH", "$ONE", "$$ $1 ${} ${A-b}");

        var result = await Run(
            request with { Environment = new Dictionary<string, string> { ["PROJECT"] = "my proj", ["ONE"] = "$PROJECT" } });

        Assert.That(result.Output, Is.EqualTo("--project_id=my proj|my projx|$PROJECTX|$PATH|$PROJECT|$$ $1 ${} ${A-b}|"));
    }

    [Test]
    public async Task A_missing_command_is_named()
    {
        var result = await Run("no-such-command\u001b[2J");

        Assert.That(
            result,
            Is.EqualTo(new ExecutionResult(result.Id, ExecutionStatus.Failed, null,
                "command \"no-such-command\\u001b[2J\" was not found on the agent", Truncated: false)));
    }

    [Test]
    public async Task A_file_that_is_not_executable_or_no_program_is_named()
    {
        var file = Path.Join(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}");
        await File.WriteAllTextAsync(file, "echo no interpreter line\n");

        var notExecutable = await Run(file);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var noProgram = await Run(file);

        Assert.That(notExecutable.Output, Is.EqualTo($"command \"{file}\" is not executable on the agent"));
        Assert.That(noProgram.Output, Does.StartWith($"command \"{file}\" could not be started: "));
        Assert.That((notExecutable.Status, noProgram.Status), Is.EqualTo((ExecutionStatus.Failed, ExecutionStatus.Failed)));
        File.Delete(file);
    }

    private static IEnumerable<ExecutionRequest> Impossible() =>
    [
        Request(),
        Request(""),
        Request("echo", "a\0b"),
        Request("echo") with { Environment = new Dictionary<string, string> { [""] = "x" } },
        Request("echo") with { Environment = new Dictionary<string, string> { ["A=B"] = "x" } },
        Request("echo") with { Environment = new Dictionary<string, string> { ["A"] = "x\0y" } },
        Request("echo") with { TimeoutSeconds = 0 },
        Request("echo") with { TimeoutSeconds = int.MaxValue },
        Request("echo") with { Environment = null! },
        Request("echo") with { Command = null! },
    ];

    [TestCaseSource(nameof(Impossible))]
    public async Task What_cannot_be_run_is_answered_as_failed(ExecutionRequest request)
    {
        var result = await Run(request);

        Assert.That((result.Status, result.ExitCode), Is.EqualTo((ExecutionStatus.Failed, (int?)null)));
        Assert.That(result.Output, Does.Match("command|environment|timeout"));
    }

    [Test]
    public async Task A_command_has_its_three_streams_and_no_other_descriptor()
    {
        // Not closed on exec, as what an agent's own parent leaves open.
        var leaked = Directory.CreateTempSubdirectory("hoop-fd-").FullName;
        using var started = System.Diagnostics.Process.Start("mkfifo", Path.Join(leaked, "pipe"))!;
        await started.WaitForExitAsync();
        using var open = new FileStream(Path.Join(leaked, "pipe"), FileMode.Open, FileAccess.ReadWrite);
        var descriptor = (int)open.SafeFileHandle.DangerousGetHandle();
        _ = Inherit(descriptor, SetDescriptorFlags, 0);

        var result = await CommandFixture.Run(CommandFixture.Shell("for fd in /proc/$$/fd/*; do readlink $fd; done"));

        Assert.That(result.Output, Does.Not.Contain(leaked));
        Assert.That(result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), Has.All.Contain("pipe:["));
        Directory.Delete(leaked, recursive: true);
    }

    private const int SetDescriptorFlags = 2;

    [System.Runtime.InteropServices.DllImport("libc", EntryPoint = "fcntl")]
    private static extern int Inherit(int descriptor, int command, int flags);
}
