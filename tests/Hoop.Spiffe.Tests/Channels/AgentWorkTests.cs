using Hoop.Shared;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>What becomes of one command: cancelled, lost, answered wrongly, answered too long, and where it cannot go.</summary>
public sealed class AgentWorkTests : GatewayFixture
{
    [Test]
    public async Task A_caller_who_goes_ends_the_command_with_everything_it_started()
    {
        var (id, key) = await Create();
        await using var agent = TestAgent.WithKey(Gateway, key);
        await Gateway.Connected(id.ToString());
        var file = Path.Join(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.pids");
        using var caller = new CancellationTokenSource();

        var running = Execute(
            id,
            ["sh", "-c", $"sleep 300 & echo $! > '{file}.part'; echo $$ >> '{file}.part'; echo begun; mv '{file}.part' '{file}'; wait"],
            cancellationToken: caller.Token);
        await Eventually.True(() => Task.FromResult(File.Exists(file)), "the command did not start");
        await caller.CancelAsync();
        var execution = await running;

        Assert.That((execution.Outcome, execution.Output), Is.EqualTo((AgentExecutionOutcome.Cancelled, "begun\n")));
        foreach (var process in await File.ReadAllLinesAsync(file))
        {
            await Eventually.True(
                () =>
                    Task.FromResult(
                        !Directory.Exists($"/proc/{process}")
                            || File.ReadAllText($"/proc/{process}/stat").Contains(") Z", StringComparison.Ordinal)),
                $"process {process} lives on");
        }

        Assert.That((await Execute(id, ["echo", "next"])).Output, Is.EqualTo("next\n"), "the channel goes on");
        File.Delete(file);
    }

    [Test]
    public async Task A_caller_who_was_gone_before_anything_was_sent_gets_no_command_started()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, TestAgent.Secret(key));

        Assert.That(
            async () => await Execute(id, ["true"], cancellationToken: new CancellationToken(canceled: true)),
            Throws.InstanceOf<OperationCanceledException>());
        Assert.That(agent.Asked.Task.IsCompleted, Is.False);
    }

    [Test]
    public async Task An_agent_that_does_not_know_Cancel_is_not_waited_for_and_keeps_its_channel()
    {
        var (id, key) = await Create();
        var ends = new TaskCompletionSource<ExecutionResult>();
        await using var agent = await PlayedAgent.Connect(Gateway, TestAgent.Secret(key), _ => ends.Task, knowsCancel: false);
        using var caller = new CancellationTokenSource();

        var running = Execute(id, ["sleep", "300"], cancellationToken: caller.Token);
        var asked = await agent.Asked.Task;
        await caller.CancelAsync();
        var execution = await running;

        Assert.That(
            (execution.Outcome, execution.Output),
            Is.EqualTo((AgentExecutionOutcome.Cancelled, "cancelled; the agent did not confirm the end of the command")));
        ends.SetResult(new ExecutionResult(asked.Id, ExecutionStatus.Success, 0, "late", Truncated: false));
        await agent.Heartbeat();
        Assert.That(agent.Closing.Task.IsCompleted, Is.False, "the late answer did not end the channel");
    }

    [Test]
    public async Task The_cancelled_command_is_named_and_its_answer_is_the_last_word()
    {
        var (id, key) = await Create();
        PlayedAgent? played = null;
        await using var agent = played = await PlayedAgent.Connect(Gateway, TestAgent.Secret(key), async request =>
        {
            var cancelled = await played!.Cancelled.Task;
            return new ExecutionResult(cancelled, ExecutionStatus.Success, 0, "made it", Truncated: false);
        });
        using var caller = new CancellationTokenSource();

        var running = Execute(id, ["true"], cancellationToken: caller.Token);
        await agent.Asked.Task;
        await caller.CancelAsync();

        Assert.That(await running, Is.EqualTo(new AgentExecution(AgentExecutionOutcome.Success, 0, "made it", Truncated: false)));
    }

    [Test]
    public async Task An_answer_under_another_id_is_not_taken()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(
            Gateway, TestAgent.Secret(key),
                _ => Task.FromResult(new ExecutionResult(Guid.NewGuid(), ExecutionStatus.Success, 0, "of somebody else",
                    Truncated: false)));

        var execution = await Execute(id, ["true"]);

        Assert.That(
            (execution.Outcome, execution.Output),
            Is.EqualTo((AgentExecutionOutcome.Failed, "the agent's answer belongs to another command")));
    }

    [TestCase("x", 1024 * 1024)]
    [TestCase("\u20ac", (1024 * 1024 / 3) * 3)]
    [TestCase("\U0001f510", 1024 * 1024)]
    public async Task An_output_beyond_the_limit_is_cut_between_two_characters(string character, int bytes)
    {
        var (id, key) = await Create();
        var output = string.Concat(Enumerable.Repeat(character, 1_200_000 / System.Text.Encoding.UTF8.GetByteCount(character)));
        await using var agent = await PlayedAgent.Connect(
            Gateway, TestAgent.Secret(key),
                request => Task.FromResult(new ExecutionResult(request.Id, ExecutionStatus.Success, 0, output, Truncated: false)));

        var execution = await Execute(id, ["true"]);

        Assert.That(execution.Truncated, Is.True);
        Assert.That(System.Text.Encoding.UTF8.GetByteCount(execution.Output), Is.EqualTo(bytes));
        Assert.That(output.StartsWith(execution.Output, StringComparison.Ordinal), Is.True);
    }

    [Test]
    public async Task An_agent_that_leaves_while_the_command_runs_is_told_apart_from_one_that_never_came_and_is_logged()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, TestAgent.Secret(key));

        var running = Execute(id, ["sleep", "300"]);
        var asked = await agent.Asked.Task;
        await agent.Hub.StopAsync();
        var execution = await running;

        Assert.That(
            (execution.Outcome, execution.Output),
            Is.EqualTo((AgentExecutionOutcome.Disconnected, "the agent disconnected while the command ran")));
        Assert.That(Gateway.Logs.Lines, Has.Some.Contains($"Command {asked.Id} on channel"));
        await Gateway.Connected(id.ToString(), replicas: 0);
        Assert.That((await Execute(id, ["true"])).Outcome, Is.EqualTo(AgentExecutionOutcome.NotConnected));
    }

    [Test]
    public async Task An_error_of_the_agents_own_is_a_failure_and_not_a_lost_agent()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, TestAgent.Secret(key), _ => throw new InvalidOperationException("boom"));

        var execution = await Execute(id, ["true"]);

        Assert.That(
            (execution.Outcome, execution.Output), Is.EqualTo((AgentExecutionOutcome.Failed, "the agent reported an error of its own")));
    }

    [Test]
    public async Task Files_of_a_running_command_get_their_new_contents_over_the_channel()
    {
        var (id, key) = await Create();
        await using var agent = TestAgent.WithKey(Gateway, key);
        await Gateway.Connected(id.ToString());
        var flag = Path.Join(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.read");
        var files = new GivenFiles("second", () => File.Exists(flag));

        var execution = await Eventually.Ends(
            Send(Gateway, new ExecuteOnAgent(
                DefaultOrganization.Id, id,
                ["sh", "-c", $"cat $TOKEN; touch '{flag}'; while ! grep -q second $TOKEN; do sleep 0.05; done; cat $TOKEN"],
                new Dictionary<string, string>(), "", TimeSpan.FromSeconds(60))
            { RenewedFiles = new Dictionary<string, string> { ["TOKEN"] = "first" }, Fresh = files }),
            "the file stays as it was", TimeSpan.FromMinutes(1));

        File.Delete(flag);
        Assert.That(execution.Output, Is.EqualTo("firstsecond"));
        Assert.That(files.Over.IsCancellationRequested, Is.True, "nobody is waited for after the end");
    }

    [Test]
    public async Task An_agent_of_an_older_version_is_brought_nothing_and_runs_the_command_all_the_same()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(
            Gateway, TestAgent.Secret(key),
            request => Task.FromResult(new ExecutionResult(request.Id, ExecutionStatus.Success, 0, "", Truncated: false)));
        var files = new GivenFiles("second", () => true);

        var execution = await Send(Gateway, new ExecuteOnAgent(
            DefaultOrganization.Id, id, ["x"], new Dictionary<string, string>(), "", TimeSpan.FromSeconds(60))
        { RenewedFiles = new Dictionary<string, string> { ["TOKEN"] = "first" }, Fresh = files });

        Assert.That((execution.Outcome, files.Asked), Is.EqualTo((AgentExecutionOutcome.Success, 0)));
    }

    [Test]
    public async Task With_two_gateways_the_one_without_the_channel_says_where_the_agent_is_and_both_call_it_connected()
    {
        var (id, key) = await Create();
        await using var replica = await TestGateway.Start(connection: Gateway.Connection);
        await using var agent = TestAgent.WithKey(Gateway, key);
        await Gateway.Connected(id.ToString());

        var execution = await Execute(id, ["true"], replica);

        Assert.That(execution.Outcome, Is.EqualTo(AgentExecutionOutcome.ConnectedElsewhere));
        var name = $"{Environment.MachineName}:{Environment.ProcessId}";
        Assert.That(execution.Output, Is.EqualTo(
            $"agent {id} is connected to the gateway {name}, and this is {name}: send the request there, or start one more replica of the "
            + "agent for each gateway"));
        foreach (var gateway in new[] { Gateway, replica })
        {
            Assert.That((await Send(gateway, new FindAgent(DefaultOrganization.Id, id.ToString())))!.Connected, Is.True);
            Assert.That((await Send(gateway, new FindAgents(DefaultOrganization.Id, [id]))).Single().Connected, Is.True);
        }
    }

    [Test]
    public async Task A_set_of_agents_is_found_in_one_question_without_those_of_others()
    {
        var (first, key) = await Create();
        var (second, _) = await Create();
        var (stranger, _) = await Gateway.CreateOrganization(Fresh("stranger"));
        var foreign = await InsertAgent(Fresh("foreign"), stranger);
        await using var agent = TestAgent.WithKey(Gateway, key);
        await Gateway.Connected(first.ToString());

        var found = await Send(Gateway, new FindAgents(DefaultOrganization.Id, [second, first, foreign, Guid.NewGuid()]));

        Assert.That(found.Select(agent => (agent.Id, agent.Connected)), Is.EquivalentTo(new[] { (first, true), (second, false) }));
        Assert.That(await Send(Gateway, new FindAgents(DefaultOrganization.Id, [])), Is.Empty);
    }

    private async Task<(Guid Id, string Key)> Create()
    {
        var created = await Admin.Post("/api/agents", new { name = Fresh("worker") });
        return (Guid.Parse(created.Text("id")!), created.Text("token")!);
    }

    private Task<AgentExecution> Execute(
        Guid agentId, string[] command, TestGateway? gateway = null, CancellationToken cancellationToken = default) => Send(
        gateway ?? Gateway,
        new ExecuteOnAgent(DefaultOrganization.Id, agentId, command, new Dictionary<string, string>(), "", TimeSpan.FromSeconds(60)),
        cancellationToken);

    private static async Task<T> Send<T>(TestGateway gateway, IRequest<T> request, CancellationToken cancellationToken = default)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(request, cancellationToken);
    }

    /// <summary>One file, and one other content for it.</summary>
    private sealed class GivenFiles(string next, Func<bool> isTime) : IAgentFiles
    {
        public int Asked { get; private set; }

        public CancellationToken Over { get; private set; }

        public async Task<IReadOnlyDictionary<string, string>?> Next(CancellationToken cancellationToken)
        {
            Over = cancellationToken;
            if (++Asked > 1)
            {
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            await Eventually.True(isTime, () => "the command does not read its file");
            return new Dictionary<string, string> { ["TOKEN"] = next };
        }
    }
}
