using System.Buffers;
using System.Diagnostics;
using System.Text;
using System.Threading.Channels;
using Hoop.Shared;
using Hoop.Spiffe.Channels;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using MediatR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>The bytes of a command on an agent's channel, with agents that keep to the rules and agents that do not.</summary>
public sealed class StreamedWorkTests : GatewayFixture
{
    [Test]
    [Description("F1: the exit frame follows the last byte")]
    public async Task What_the_agent_sends_arrives_in_order_and_apart_before_the_end_is_told()
    {
        var (id, agent) = await Connect(async (agent, request) =>
        {
            await agent.Output(request.Id, OutputKind.Standard, "one "u8.ToArray());
            await agent.Output(request.Id, OutputKind.Error, "oops"u8.ToArray());
            await agent.Output(request.Id, OutputKind.Standard, "two"u8.ToArray());
            return Ended(request, exitCode: 5, sent: 11);
        });
        await using var _ = agent;
        var streams = new GivenStreams();

        var execution = await Execute(id, streams);

        Assert.That((execution.Outcome, execution.ExitCode), Is.EqualTo((AgentExecutionOutcome.Failed, (int?)5)));
        Assert.That((streams.Output, streams.Error), Is.EqualTo(("one two", "oops")));
    }

    [Test]
    [Description("F1: cut output is a failure")]
    public async Task Fewer_bytes_than_the_agent_says_are_a_failure_and_not_its_exit_code()
    {
        var (id, agent) = await Connect(async (agent, request) =>
        {
            await agent.Output(request.Id, OutputKind.Standard, "half"u8.ToArray());
            return Ended(request, exitCode: 0, sent: 8);
        });
        await using var _ = agent;

        var execution = await Execute(id, new GivenStreams());

        Assert.That(
            (execution.Outcome, execution.Output),
            Is.EqualTo((AgentExecutionOutcome.Disconnected, "the command's output did not arrive whole")));
    }

    [Test]
    [Description("F8: a sender that does not keep to the window")]
    public async Task More_than_the_window_ends_the_channel()
    {
        var (id, agent) = await Connect(async (agent, request) =>
        {
            for (var frame = 0; frame <= StreamRules.Window / StreamRules.LargestFrame; frame++)
            {
                await agent.Output(request.Id, OutputKind.Standard, new byte[StreamRules.LargestFrame]);
            }

            return Ended(request, exitCode: 0, sent: 0);
        });
        await using var _ = agent;
        var streams = new GivenStreams { Holds = true };

        var running = Execute(id, streams);

        Assert.That(await Eventually.Ends(agent.Closing.Task, "the channel goes on"), Is.EqualTo("protocol_violation"));
        Assert.That((await running).Outcome, Is.Not.EqualTo(AgentExecutionOutcome.Success));
    }

    [TestCase(0, Description = "F1: more than the agent says, and nobody reads it")]
    [TestCase(4 + StreamRules.LargestFrame, Description = "F1: the refused frame is counted, and nobody reads what came before")]
    public async Task What_an_agent_counts_wrongly_is_a_failure_though_the_caller_takes_nothing(int sent)
    {
        var (id, agent) = await Connect(async (agent, request) =>
        {
            await agent.Output(request.Id, OutputKind.Standard, "four"u8.ToArray());
            if (sent > 0)
            {
                await agent.Output(request.Id, OutputKind.Standard, new byte[StreamRules.LargestFrame + 1]);
            }

            return Ended(request, exitCode: 0, sent);
        });
        await using var _ = agent;

        Assert.That((await Execute(id, new GivenStreams { Holds = true })).Outcome, Is.EqualTo(AgentExecutionOutcome.Disconnected));
    }

    [Test]
    [Description("F1: a channel that ends between the result and the last byte")]
    public async Task Bytes_that_the_agent_did_not_send_before_it_left_are_not_waited_for()
    {
        var (id, agent) = await Connect((_, request) => Task.FromResult(Ended(request, exitCode: 0, sent: 8)));
        var running = Execute(id, new GivenStreams());
        await AnsweredBy(id, agent);

        var left = Stopwatch.GetTimestamp();
        await agent.DisposeAsync();

        Assert.That((await running).Outcome, Is.EqualTo(AgentExecutionOutcome.Disconnected));
        Assert.That(Stopwatch.GetElapsedTime(left), Is.LessThan(TimeSpan.FromSeconds(9)), "less than a straggler is waited for");
    }

    [Test]
    [Description("F1: the end is known and every byte is here, so the agent is not needed any more")]
    public async Task Bytes_that_have_all_come_reach_a_slow_caller_also_after_the_agent_left()
    {
        var (id, agent) = await Connect(async (agent, request) =>
        {
            await agent.Output(request.Id, OutputKind.Standard, "all of it"u8.ToArray());
            return Ended(request, exitCode: 3, sent: 9);
        });
        var streams = new GivenStreams { Pause = new TaskCompletionSource() };
        var running = Execute(id, streams);
        await Eventually.Ends(streams.Held.Task, "nothing comes");
        await AnsweredBy(id, agent);

        await agent.DisposeAsync();
        await Eventually.True(() => ChannelsOf(id) == 0, () => "the channel is not gone");
        streams.Pause.SetResult();

        Assert.That((await running).ExitCode, Is.EqualTo(3));
        Assert.That(streams.Output, Is.EqualTo("all of it"));
    }

    [Test]
    [Description("F8: what lies here is bounded in bytes, and many small frames cost no more than they hold")]
    public async Task Small_frames_that_wait_for_a_slow_caller_go_on_together_in_their_order()
    {
        const int Frames = 1000;
        var (id, agent) = await Connect(async (agent, request) =>
        {
            for (var frame = 0; frame < Frames; frame++)
            {
                await agent.Output(request.Id, OutputKind.Standard, [(byte)('0' + (frame % 10))]);
            }

            await agent.Output(request.Id, OutputKind.Error, "oops"u8.ToArray());
            await agent.Output(request.Id, OutputKind.Standard, "end"u8.ToArray());
            return Ended(request, exitCode: 0, sent: Frames + 7);
        });
        await using var _ = agent;
        var streams = new GivenStreams { Pause = new TaskCompletionSource() };
        var running = Execute(id, streams);
        await Eventually.Ends(streams.Held.Task, "nothing comes");
        await AnsweredBy(id, agent);
        await Eventually.True(
            () => ChannelOf(id).Streams.Values.Single().Received == Frames + 7, () => "the frames do not come");

        streams.Pause.SetResult();

        Assert.That((await running).Outcome, Is.EqualTo(AgentExecutionOutcome.Success));
        Assert.That(
            (streams.Output, streams.Error), Is.EqualTo((string.Concat(Enumerable.Repeat("0123456789", Frames / 10)) + "end", "oops")));
        Assert.That(streams.Writes, Is.LessThanOrEqualTo(4), "the first, the rest of them, the error, the end");
    }

    [Test]
    public async Task Output_that_nobody_takes_is_given_up_at_the_time_limit()
    {
        var (id, agent) = await Connect(async (agent, request) =>
        {
            await agent.Output(request.Id, OutputKind.Standard, "x"u8.ToArray());
            return Ended(request, exitCode: 0, sent: 1);
        });
        await using var _ = agent;

        var execution = await Eventually.Ends(
            Send(Order(id, new GivenStreams { Holds = true }, ["x"]) with { Timeout = TimeSpan.FromSeconds(1) }), "it is waited for");

        Assert.That(
            (execution.Outcome, execution.Output),
            Is.EqualTo((AgentExecutionOutcome.TimedOut, "its output was not taken within its time")));
    }

    [Test]
    [Description("F8: many sessions fill the pipe, and an end is not behind all of it")]
    public async Task Orders_of_many_sessions_overtake_what_the_agent_has_not_read()
    {
        const int Sessions = 12;
        var (end, reads) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (id, agent) = await Connect(
            async (_, request) =>
            {
                await end.Task;
                return Ended(request, exitCode: 0, sent: 0);
            },
            AgentFeatures.Marks);
        await using var _ = agent;
        agent.Reads = reads.Task;
        var streams = Enumerable.Range(0, Sessions).Select(_ => new GivenStreams()).ToArray();
        var running = streams.Select(one => Execute(id, one)).ToArray();
        foreach (var one in streams)
        {
            one.Input.Writer.TryWrite(new byte[StreamRules.Window]);
        }

        // All sessions together have three times as much as goes before the agent says that it has read.
        await Eventually.True(
            () => Interlocked.Read(ref agent.InputBytes) == 2 * StreamRules.Mark, () => $"{agent.InputBytes} bytes came");
        foreach (var one in streams)
        {
            one.Orders.Writer.TryWrite(new AgentOrder("TERM", 0, 0));
        }

        await Eventually.True(() => agent.Told.Count == Sessions, () => "the orders wait behind the input");
        Assert.That(Interlocked.Read(ref agent.InputBytes), Is.EqualTo(2 * StreamRules.Mark), "no more than two marks are under way");
        reads.SetResult();
        await Eventually.True(
            () => Interlocked.Read(ref agent.InputBytes) == Sessions * StreamRules.Window, () => "the rest does not follow");
        end.SetResult();
        await Eventually.Ends(Task.WhenAll(running), "the commands do not end");
    }

    [TestCase(0)]
    [TestCase(StreamRules.LargestFrame + 1)]
    [Description("F8: frames of bounded size")]
    public async Task A_frame_of_another_size_ends_the_channel(int length)
    {
        var (id, agent) = await Connect(async (agent, request) =>
        {
            await agent.Output(request.Id, OutputKind.Standard, new byte[length]);
            return Ended(request, exitCode: 0, sent: length);
        });
        await using var _ = agent;

        await Execute(id, new GivenStreams());

        Assert.That(await Eventually.Ends(agent.Closing.Task, "the channel goes on"), Is.EqualTo("protocol_violation"));
    }

    [Test]
    [Description("F4: what arrives after the end")]
    public async Task Bytes_after_the_end_are_dropped_and_the_channel_goes_on()
    {
        var late = Guid.Empty;
        var (id, agent) = await Connect((agent, request) =>
        {
            late = request.Id;
            return Task.FromResult(Ended(request, exitCode: 0, sent: 0));
        });
        await using var _ = agent;
        await Execute(id, new GivenStreams());

        await agent.Output(late, OutputKind.Standard, "late"u8.ToArray());
        await agent.Hub.InvokeAsync(nameof(IAgentGateway.InputTaken), late, 4);
        await agent.Heartbeat();

        Assert.That((await Execute(id, new GivenStreams())).Outcome, Is.EqualTo(AgentExecutionOutcome.Success));
    }

    [Test]
    [Description("F8: input waits for the program, and what controls it does not wait for the input")]
    public async Task Orders_overtake_input_that_the_program_does_not_read()
    {
        var end = new TaskCompletionSource();
        var (id, agent) = await Connect(async (_, request) =>
        {
            await end.Task;
            return Ended(request, exitCode: 0, sent: 0);
        });
        await using var _ = agent;
        var streams = new GivenStreams();
        streams.Input.Writer.TryWrite(new byte[4 * StreamRules.Window]);

        var running = Execute(id, streams);
        await Eventually.True(() => Interlocked.Read(ref agent.InputBytes) == StreamRules.Window, () => "the window is not used");
        streams.Orders.Writer.TryWrite(new AgentOrder("INT", 0, 0));
        streams.Orders.Writer.TryWrite(new AgentOrder(Signal: null, 132, 43));

        await Eventually.True(() => agent.Told.Count == 2, () => "the orders wait behind the input");
        Assert.That(agent.Told, Is.EqualTo(new[] { "signal INT", "resize 132 43" }));
        Assert.That(Interlocked.Read(ref agent.InputBytes), Is.EqualTo(StreamRules.Window), "no more than the window is under way");
        end.SetResult();
        await running;
    }

    [Test]
    public async Task A_caller_whose_side_fails_ends_the_command()
    {
        var (id, key) = await Create();
        await using var agent = TestAgent.WithKey(Gateway, key);
        await Gateway.Connected(id.ToString());

        var execution = await Execute(id, new GivenStreams { Fails = true }, "sh", "-c", "echo begun; sleep 300");

        Assert.That(execution.Outcome, Is.EqualTo(AgentExecutionOutcome.Cancelled));
    }

    [Test]
    [Description("F8: a slow reader slows the program, and nothing piles up")]
    public async Task A_program_writes_no_further_than_its_reader_reads()
    {
        var (id, key) = await Create();
        await using var agent = TestAgent.WithKey(Gateway, key);
        await Gateway.Connected(id.ToString());
        var file = Path.Join(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.written");
        var streams = new GivenStreams { Holds = true };
        using var caller = new CancellationTokenSource();

        // Says after each piece how much the pipe took.
        var running = Execute(
            id, streams, caller.Token, "sh", "-c",
            $"n=0; while :; do head -c 65536 /dev/zero || exit; n=$((n+1)); echo $n > '{file}.part'; mv '{file}.part' '{file}'; done");
        await Eventually.Ends(streams.Held.Task, "nothing comes");
        var before = -1;
        await Eventually.True(
            async () =>
            {
                var text = File.Exists(file) ? await File.ReadAllTextAsync(file) : "0";
                var now = int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
                await Task.Delay(200);
                return now > 0 && now == Interlocked.Exchange(ref before, now);
            },
            "the program does not stop writing");

        Assert.That(before * 65_536, Is.LessThanOrEqualTo(4 * StreamRules.Window), "the window, and a pipe");
        await caller.CancelAsync();
        Assert.That((await running).Outcome, Is.EqualTo(AgentExecutionOutcome.Cancelled));
        File.Delete(file);
    }

    [Test]
    public async Task An_agent_of_an_older_version_is_asked_for_nothing_that_it_does_not_know()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, TestAgent.Secret(key));

        var streamed = await Execute(id, new GivenStreams());
        var files = await Send(
            new ExecuteOnAgent(DefaultOrganization.Id, id, ["x"], new Dictionary<string, string>(), "", TimeSpan.FromSeconds(5))
            {
                Files = new Dictionary<string, string> { ["KEY"] = "secret" },
            });

        Assert.That(streamed.Output, Does.EndWith("is of a version that does not know streams; update it"));
        Assert.That(files.Output, Does.EndWith("is of a version that does not know secrets in files; update it"));
        Assert.That(agent.Asked.Task.IsCompleted, Is.False);
    }

    private static ExecutionResult Ended(ExecutionRequest request, int exitCode, long sent) =>
        new(request.Id, exitCode == 0 ? ExecutionStatus.Success : ExecutionStatus.Failed, exitCode, "", Truncated: false)
        { StreamedBytes = sent };

    private async Task<(Guid Id, string Key)> Create()
    {
        var created = await Admin.Post("/api/agents", new { name = Fresh("stream") });
        return (created["id"].GetGuid(), created.Text("token")!);
    }

    private int ChannelsOf(Guid agentId) =>
        Gateway.Services.GetRequiredService<AgentChannels>().Of(DefaultOrganization.Id, agentId).Count;

    private AgentChannel ChannelOf(Guid agentId) =>
        Gateway.Services.GetRequiredService<AgentChannels>().Of(DefaultOrganization.Id, agentId).Single();

    /// <summary>Waits until the gateway has the agent's answer to its only command.</summary>
    private async Task AnsweredBy(Guid agentId, PlayedAgent agent)
    {
        await Eventually.Ends(agent.Asked.Task, "the agent is not asked");
        var channel = ChannelOf(agentId);
        await Eventually.True(() => !channel.Streams.IsEmpty && channel.InFlight == 0, () => "the answer does not come");
    }

    private async Task<(Guid Id, PlayedAgent Agent)> Connect(
        Func<PlayedAgent, ExecutionRequest, Task<ExecutionResult>> execute, params string[] features)
    {
        var (id, key) = await Create();
        PlayedAgent? agent = null;
        agent = await PlayedAgent.Connect(
            Gateway, TestAgent.Secret(key), request => execute(agent!, request),
            features: [AgentFeatures.Files, AgentFeatures.Streams, .. features]);
        return (id, agent);
    }

    private Task<AgentExecution> Execute(Guid id, GivenStreams streams, params string[] command) =>
        Execute(id, streams, CancellationToken.None, command);

    private Task<AgentExecution> Execute(Guid id, GivenStreams streams, CancellationToken cancellationToken, params string[] command)
    {
        string[] argv = command.Length == 0 ? ["x"] : command;
        return Eventually.Ends(Send(Order(id, streams, argv), cancellationToken), "the command has no end", TimeSpan.FromMinutes(1));
    }

    private static ExecuteOnAgent Order(Guid id, GivenStreams streams, string[] command) =>
        new(DefaultOrganization.Id, id, command, new Dictionary<string, string>(), "", TimeSpan.FromMinutes(5)) { Streams = streams };

    private async Task<AgentExecution> Send(ExecuteOnAgent request, CancellationToken cancellationToken = default)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(request, cancellationToken);
    }

    private sealed class GivenStreams : IAgentStreams
    {
        private readonly ArrayBufferWriter<byte> _output = new();
        private readonly ArrayBufferWriter<byte> _error = new();

        public Channel<byte[]> Input { get; } = Channel.CreateUnbounded<byte[]>();

        public Channel<AgentOrder> Orders { get; } = Channel.CreateUnbounded<AgentOrder>();

        /// <summary>Takes nothing.</summary>
        public bool Holds { get; init; }

        public bool Fails { get; init; }

        /// <summary>Takes nothing before this.</summary>
        public TaskCompletionSource? Pause { get; init; }

        public TaskCompletionSource Held { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Writes { get; private set; }

        public string Output => Encoding.UTF8.GetString(_output.WrittenSpan);

        public string Error => Encoding.UTF8.GetString(_error.WrittenSpan);

        public async Task Write(bool isError, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            if (Fails)
            {
                throw new IOException("the caller's side failed");
            }

            if (Holds)
            {
                Held.TrySetResult();
                await Task.Delay(Timeout.Infinite, cancellationToken);
            }

            if (Pause is { } pause)
            {
                Held.TrySetResult();
                await pause.Task.WaitAsync(cancellationToken);
            }

            Writes++;
            (isError ? _error : _output).Write(bytes.Span);
        }

        public async Task<ReadOnlyMemory<byte>?> Read(CancellationToken cancellationToken) =>
            await Input.Reader.WaitToReadAsync(cancellationToken) && Input.Reader.TryRead(out var bytes) ? bytes : null;

        public async Task<AgentOrder?> Order(CancellationToken cancellationToken) =>
            await Orders.Reader.WaitToReadAsync(cancellationToken) && Orders.Reader.TryRead(out var order) ? order : null;
    }
}
