using System.Globalization;
using Hoop.Cli.Agent;
using Hoop.EndToEnd.Tests.Agent.Execution;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>Streamed commands of the real agent, with a gateway that reads as the test says.</summary>
[Description("F8: control overtakes data")]
internal sealed class AgentStreamTests
{
    private static readonly StreamTerms Pipes = new(Terminal: null);

    private TestGateway _gateway = new();
    private string _folder = "";

    [SetUp]
    public async Task Start()
    {
        _gateway = new TestGateway { HeartbeatSeconds = 300 };
        await _gateway.Start();
        _folder = Directory.CreateTempSubdirectory("hoop-agent-streams-").FullName;
    }

    [TearDown]
    public async Task Stop()
    {
        await _gateway.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task While_the_gateway_reads_nothing_a_cancelled_command_ends_and_its_result_overtakes_the_others_output()
    {
        const int Commands = 20;
        var (reads, frames) = (new TaskCompletionSource(), 0);
        _gateway.Takes = (_, _) =>
        {
            Interlocked.Increment(ref frames);
            return reads.Task;
        };
        await using var agent = await Connected();
        var running = Enumerable.Range(0, Commands).Select(Endless).ToArray();
        foreach (var one in Enumerable.Range(0, Commands))
        {
            await Eventually.True(() => Pid(one) > 0, () => "a command does not run");
        }

        var doomed = running[0].Request.Id;
        await Eventually.True(() => frames == 1, () => "nothing is written");
        await _gateway.Agent.Cancel(doomed);

        await agent.Says($"for {doomed}: {ExecutionStatus.Cancelled}");
        Assert.That(CommandFixture.IsAlive(Pid(0)), Is.False, "also while the pipe is full");
        reads.SetResult();
        var result = await Eventually.Ends(running[0].Result, "the result does not come");
        Assert.That(result.Status, Is.EqualTo(ExecutionStatus.Cancelled));

        // Each of the others has a whole window ready, 160 frames together.
        Assert.That(frames, Is.LessThan(80), "two marks go before it, and what came while the result was on its way");
        await EndAll(running);
    }

    [Test]
    public async Task Output_of_many_commands_goes_on_when_the_gateway_reads_again()
    {
        const int Commands = 10;
        const int Each = 100_000;
        var reads = new TaskCompletionSource();
        var received = new System.Collections.Concurrent.ConcurrentDictionary<Guid, int>();
        _gateway.Takes = async (id, data) =>
        {
            await reads.Task;
            received.AddOrUpdate(id, data.Length, (_, before) => before + data.Length);
        };
        await using var agent = await Connected();
        var running = Enumerable.Range(0, Commands).Select(_ => Run($"head -c {Each} /dev/zero")).ToArray();

        reads.SetResult();

        foreach (var (request, result) in running)
        {
            var ended = await Eventually.Ends(result, "a command has no end", TimeSpan.FromMinutes(1));
            Assert.That((ended.Status, ended.StreamedBytes), Is.EqualTo((ExecutionStatus.Success, (long)Each)));
            await Eventually.True(() => received.GetValueOrDefault(request.Id) == Each, () => "not every byte came");
        }
    }

    private async Task<RunningAgent> Connected()
    {
        var agent = new RunningAgent(_gateway, AgentCredential.FromKey("xagt-abc"));
        await agent.Says("connected");
        Assert.That(_gateway.Hellos.Single().Features, Does.Contain(AgentFeatures.Marks));
        return agent;
    }

    private (ExecutionRequest Request, Task<ExecutionResult> Result) Endless(int number) =>
        Run($"echo $$ > {_folder}/{number}.part; mv {_folder}/{number}.part {_folder}/{number}; exec cat /dev/zero");

    private (ExecutionRequest Request, Task<ExecutionResult> Result) Run(string script)
    {
        var request = CommandFixture.Shell(script) with { Stream = Pipes, TimeoutSeconds = 300 };
        return (request, _gateway.Agent.Execute(request));
    }

    private int Pid(int number) => File.Exists($"{_folder}/{number}")
        ? int.Parse(File.ReadAllText($"{_folder}/{number}"), CultureInfo.InvariantCulture)
        : 0;

    private async Task EndAll((ExecutionRequest Request, Task<ExecutionResult> Result)[] running)
    {
        foreach (var (request, _) in running)
        {
            await _gateway.Agent.Cancel(request.Id);
        }

        await Eventually.Ends(Task.WhenAll(running.Select(one => one.Result)), "the commands do not end");
    }
}
