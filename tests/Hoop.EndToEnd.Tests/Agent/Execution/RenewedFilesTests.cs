using Hoop.Cli.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent.Execution;

/// <summary>Files of a running command that get new contents.</summary>
internal sealed class RenewedFilesTests
{
    private string _folder = "";
    private CommandRunner _runner = null!;

    [SetUp]
    public void Start()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-renewed-").FullName;
        _runner = RunnerIn(Path.Join(_folder, "agent"));
    }

    [TearDown]
    public void Stop() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task A_command_reads_the_new_content_from_the_same_path_and_nobody_else_can()
    {
        var request = With(
            CommandFixture.Shell(
                $"cat $TOKEN; echo; stat -c '%a %a' $TOKEN; touch {_folder}/read; while test ! -e {_folder}/go; do sleep 0.05; done; "
                + "cat $TOKEN; echo; stat -c %a $TOKEN; ls -A $(dirname $TOKEN)"),
            "first");
        var running = _runner.Run(request, CancellationToken.None);
        await Eventually.True(() => File.Exists($"{_folder}/read"), () => "the command does not run");

        Assert.That(_runner.RenewFile(request.Id, "TOKEN", "second, and longer"), Is.True);
        await File.WriteAllTextAsync($"{_folder}/go", "");

        var result = await Eventually.Ends(running, "it does not end");
        Assert.That(result.Output, Is.EqualTo("first\n600 600\nsecond, and longer\n600\nTOKEN\n"), "and nothing is left beside it");
        Assert.That(_runner.RenewFile(request.Id, "TOKEN", "third"), Is.False, "the command is over");
        Assert.That(Directory.EnumerateFiles(_folder, "*TOKEN*", SearchOption.AllDirectories), Is.Empty);
    }

    [Test]
    public async Task Whoever_reads_while_it_is_replaced_has_one_content_whole()
    {
        var (small, large) = ("a", new string('b', 20_000));
        var request = With(
            CommandFixture.Shell($"n=0; while test ! -e {_folder}/go; do cat $TOKEN | wc -c; done"), small);
        var running = _runner.Run(request, CancellationToken.None);
        var renewed = 0;
        await Eventually.True(
            () =>
            {
                renewed += _runner.RenewFile(request.Id, "TOKEN", large) && _runner.RenewFile(request.Id, "TOKEN", small) ? 1 : 0;
                return renewed >= 300;
            },
            () => $"renewed {renewed} times",
            TimeSpan.FromMinutes(1));
        await File.WriteAllTextAsync($"{_folder}/go", "");

        var result = await Eventually.Ends(running, "it does not end");
        Assert.That(CommandFixture.Processes(result.Output), Is.Not.Empty.And.All.EqualTo(small.Length).Or.EqualTo(large.Length));
    }

    [TestCase("OTHER", true, Description = "no file of that name")]
    [TestCase("../TOKEN", true, Description = "no way out of the folder")]
    [TestCase("TOKEN", false, Description = "no command of that id")]
    public async Task What_is_not_there_is_not_renewed(string name, bool sameCommand)
    {
        var request = With(CommandFixture.Shell($"touch {_folder}/read; while test ! -e {_folder}/go; do sleep 0.05; done"), "first");
        var running = _runner.Run(request, CancellationToken.None);
        await Eventually.True(() => File.Exists($"{_folder}/read"), () => "the command does not run");

        Assert.That(_runner.RenewFile(sameCommand ? request.Id : Guid.NewGuid(), name, "x"), Is.False);

        await File.WriteAllTextAsync($"{_folder}/go", "");
        await Eventually.Ends(running, "it does not end");
    }

    [Test]
    public async Task A_command_runs_without_the_file_where_the_operator_does_not_let_the_variable_pass()
    {
        var runner = RunnerIn(Path.Join(_folder, "agent"), allowed: ["NOTHING_ELSE"]);

        var result = await runner.Run(With(CommandFixture.Shell("echo \"[$TOKEN]\""), "first"), CancellationToken.None);

        Assert.That((result.Status, result.Output), Is.EqualTo((ExecutionStatus.Success, "[]\n")));
    }

    [Test]
    public async Task A_command_runs_without_the_file_where_the_disk_refuses_but_not_without_a_secret_that_it_needs()
    {
        await File.WriteAllTextAsync($"{_folder}/taken", "a file where the folder should be");
        var runner = RunnerIn($"{_folder}/taken");

        var without = await runner.Run(With(CommandFixture.Shell("echo \"[$TOKEN]\""), "first"), CancellationToken.None);
        var needed = await runner.Run(
            CommandFixture.Shell("true") with { Files = new Dictionary<string, string> { ["KEY"] = "k" } }, CancellationToken.None);

        Assert.That((without.Status, without.Output), Is.EqualTo((ExecutionStatus.Success, "[]\n")));
        Assert.That((needed.Status, needed.Output), Is.EqualTo((ExecutionStatus.Failed, needed.Output)));
        Assert.That(needed.Output, Does.StartWith("the command's secrets could not be written"));
    }

    [Test]
    public async Task A_file_that_has_to_be_there_can_be_renewed_too()
    {
        var request = CommandFixture.Shell($"touch {_folder}/read; while test ! -e {_folder}/go; do sleep 0.05; done; cat $TOKEN") with
        {
            Files = new Dictionary<string, string> { ["TOKEN"] = "first" },
            RenewedFiles = new Dictionary<string, string> { ["TOKEN"] = "first" },
        };
        var running = _runner.Run(request, CancellationToken.None);
        await Eventually.True(() => File.Exists($"{_folder}/read"), () => "the command does not run");

        Assert.That(_runner.RenewFile(request.Id, "TOKEN", "second"), Is.True);
        await File.WriteAllTextAsync($"{_folder}/go", "");

        Assert.That((await Eventually.Ends(running, "it does not end")).Output, Is.EqualTo("second"));
    }

    private static ExecutionRequest With(ExecutionRequest request, string token) =>
        request with { RenewedFiles = new Dictionary<string, string> { ["TOKEN"] = token } };

    private static CommandRunner RunnerIn(string folder, IReadOnlyList<string>? allowed = null) => new(
        new Programs("/usr/local/bin:/usr/bin:/bin", []), new EnvironmentRules(allowed), CommandLimits.Default,
        new RunningCommands(adopt: false), new SecretFiles(folder), TimeProvider.System);
}
