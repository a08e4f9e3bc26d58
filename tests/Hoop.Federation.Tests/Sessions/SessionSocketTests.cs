using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;
using Hoop.Federation.Sessions;
using Hoop.Spiffe.Contracts;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>The caller's end of a session, with callers that behave as ours does not.</summary>
public sealed class SessionSocketTests
{
    [Test]
    [Description("F8: a caller that takes a whole window with one message")]
    public async Task No_taking_is_missed_by_output_that_waits_for_it()
    {
        const int Rounds = 5000;
        using var caller = new PlayedCaller { TakesWindows = true };
        using var socket = new SessionSocket(caller, TimeProvider.System);
        var piece = new byte[SessionMessages.Window];

        await Eventually.Ends(
            socket.While(
                async leaves =>
                {
                    for (var round = 0; round < Rounds; round++)
                    {
                        await socket.Write(isError: false, piece, leaves);
                    }

                    return true;
                },
                CancellationToken.None),
            "the output waits for what was taken");

        Assert.That(caller.Received, Is.EqualTo((long)Rounds * SessionMessages.Window));
    }

    [Test]
    [Description("F8: what lies here is bounded in bytes, and many small messages cost no more than they hold")]
    public async Task Small_messages_that_wait_for_the_program_are_read_together()
    {
        using var caller = new PlayedCaller();
        using var socket = new SessionSocket(caller, TimeProvider.System);
        for (var sent = 0; sent < 1000; sent++)
        {
            caller.Says(WebSocketMessageType.Binary, [SessionMessages.Input, (byte)('0' + (sent % 10))]);
        }

        caller.Says(WebSocketMessageType.Text, Encoding.UTF8.GetBytes("""{"type":"end_of_input"}"""));
        caller.Says(WebSocketMessageType.Binary, [SessionMessages.Input, (byte)'!']);
        caller.Says(WebSocketMessageType.Text, Encoding.UTF8.GetBytes("""{"type":"signal","signal":"INT"}"""));

        var (pieces, text) = await Eventually.Ends(
            socket.While(
                async leaves =>
                {
                    // Behind all of the input, so that all of it is here.
                    Assert.That(await socket.Order(leaves), Is.EqualTo(new AgentOrder("INT", 0, 0)));
                    var all = new List<string>();
                    while (await socket.Read(leaves) is { } bytes)
                    {
                        all.Add(Encoding.ASCII.GetString(bytes.Span));
                    }

                    return (all.Count, string.Concat(all));
                },
                CancellationToken.None),
            "the input has no end");

        Assert.That(text, Is.EqualTo(string.Concat(Enumerable.Repeat("0123456789", 100))), "in order, and nothing after the end");
        Assert.That(pieces, Is.EqualTo(1));
    }

    [Test]
    [Description("F9: a window that is dragged sends sizes by the hundred, while the agent takes none")]
    public async Task Of_many_sizes_the_last_one_counts_and_no_signal_is_lost_among_them()
    {
        using var caller = new PlayedCaller();
        using var socket = new SessionSocket(caller, TimeProvider.System);
        foreach (var signal in new[] { "INT", "TERM" })
        {
            caller.Says(WebSocketMessageType.Text, Encoding.UTF8.GetBytes($$"""{"type":"signal","signal":"{{signal}}"}"""));
            for (var columns = 1; columns <= 500; columns++)
            {
                caller.Says(
                    WebSocketMessageType.Text, Encoding.UTF8.GetBytes($$"""{"type":"resize","columns":{{columns}},"rows":24}"""));
            }
        }

        caller.Says(WebSocketMessageType.Text, Encoding.UTF8.GetBytes("""{"type":"end_of_input"}"""));

        var orders = await Eventually.Ends(
            socket.While(
                async leaves =>
                {
                    Assert.That(await socket.Read(leaves), Is.Null, "all of it is here");
                    return new[] { await socket.Order(leaves), await socket.Order(leaves), await socket.Order(leaves) };
                },
                CancellationToken.None),
            "an order is missing");

        Assert.That(
            orders,
            Is.EqualTo(new[] { new AgentOrder("INT", 0, 0), new AgentOrder(null, 500, 24), new AgentOrder("TERM", 0, 0) }));
    }

    [Test]
    [Description("Zero bytes of input are no input, and not its end either")]
    public async Task Empty_messages_of_input_change_nothing_and_a_message_without_its_first_byte_ends_the_session()
    {
        using var caller = new PlayedCaller();
        using var socket = new SessionSocket(caller, TimeProvider.System);
        foreach (var message in new byte[][] { [SessionMessages.Input], [SessionMessages.Input, (byte)'x'], [SessionMessages.Input] })
        {
            caller.Says(WebSocketMessageType.Binary, message);
        }

        var (text, left) = await Eventually.Ends(
            socket.While(
                async leaves =>
                {
                    var bytes = await socket.Read(leaves);
                    caller.Says(WebSocketMessageType.Binary, []);
                    await Task.Delay(Timeout.Infinite, leaves).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return (Encoding.ASCII.GetString(bytes!.Value.Span), leaves.IsCancellationRequested);
                },
                CancellationToken.None),
            "the session goes on");

        Assert.That((text, left), Is.EqualTo(("x", true)));
    }

    [Test]
    [Description("F8: input is taken a quarter of the window at a time, and what is not said yet holds nobody up")]
    public async Task More_than_all_windows_goes_in_though_little_of_it_is_said_to_be_taken()
    {
        const int Pieces = 200;
        using var caller = new PlayedCaller();
        using var socket = new SessionSocket(caller, TimeProvider.System);

        var came = await Eventually.Ends(
            socket.While(
                async leaves =>
                {
                    var (sent, read) = (0L, 0L);
                    while (read < Pieces * SessionMessages.Largest)
                    {
                        while (sent < Pieces * SessionMessages.Largest
                            && sent - caller.Taken + SessionMessages.Largest <= SessionMessages.Window)
                        {
                            caller.Says(WebSocketMessageType.Binary, new byte[SessionMessages.Largest + 1]);
                            sent += SessionMessages.Largest;
                        }

                        read += (await socket.Read(leaves))!.Value.Length;
                    }

                    return read;
                },
                CancellationToken.None),
            "the input stands still");

        Assert.That(came, Is.EqualTo((long)Pieces * SessionMessages.Largest));
        Assert.That(caller.Messages, Is.LessThanOrEqualTo(Pieces / 2), "not one for each piece");
    }

    [Test]
    [Description("F8: a caller that does not keep to the window")]
    public async Task More_input_than_the_window_ends_the_session()
    {
        using var caller = new PlayedCaller();
        using var socket = new SessionSocket(caller, TimeProvider.System);
        for (var sent = 0; sent <= SessionMessages.Window / SessionMessages.Largest; sent++)
        {
            caller.Says(WebSocketMessageType.Binary, new byte[SessionMessages.Largest + 1]);
        }

        var left = await Eventually.Ends(
            socket.While(
                async leaves =>
                {
                    await Task.Delay(Timeout.Infinite, leaves).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    return leaves.IsCancellationRequested;
                },
                CancellationToken.None),
            "the session goes on");

        Assert.That(left);
    }

    [TestCase(AgentExecutionOutcome.Refused)]
    [TestCase(AgentExecutionOutcome.Failed)]
    [Description("F1: an agent's words are an outsider's")]
    public void What_an_agent_says_of_a_command_that_did_not_run_is_told_in_one_short_line(AgentExecutionOutcome outcome)
    {
        var words = "no\u001b[2J\nway " + new string('x', 1024 * 1024);

        var end = SessionEnd.Of(new AgentExecution(outcome, ExitCode: null, words, Truncated: false), endedFor: null, message: null);

        Assert.That(end.Refusal!.Message, Does.StartWith("no\\u001b[2J way xxx").And.Length.LessThan(2100));
    }

    private sealed class PlayedCaller : WebSocket
    {
        private readonly Channel<(WebSocketMessageType Type, byte[] Bytes)> _said =
            Channel.CreateUnbounded<(WebSocketMessageType, byte[])>();

        private long _unsaid;

        /// <summary>Says once for each window that it has taken it.</summary>
        public bool TakesWindows { get; init; }

        public long Received { get; private set; }

        /// <summary>Of its input, as it was told.</summary>
        public long Taken { get; private set; }

        /// <summary>That it was told anything.</summary>
        public int Messages { get; private set; }

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public void Says(WebSocketMessageType type, byte[] bytes) => _said.Writer.TryWrite((type, bytes));

        public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        {
            var (type, bytes) = await _said.Reader.ReadAsync(cancellationToken);
            bytes.CopyTo(buffer);
            return new ValueWebSocketReceiveResult(bytes.Length, type, endOfMessage: true);
        }

        public override ValueTask SendAsync(
            ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            if (messageType == WebSocketMessageType.Binary)
            {
                Received += buffer.Length - 1;
                _unsaid += buffer.Length - 1;
                if (TakesWindows && _unsaid == SessionMessages.Window)
                {
                    _unsaid = 0;
                    Says(
                        WebSocketMessageType.Text,
                        Encoding.UTF8.GetBytes($$"""{"type":"taken","bytes":{{SessionMessages.Window}}}"""));
                }
            }

            else
            {
                Messages++;
                Taken += System.Text.Json.JsonElement.Parse(buffer.Span).GetProperty("bytes").GetInt64();
            }

            return ValueTask.CompletedTask;
        }

        public override void Abort() => _said.Writer.TryComplete();

        public override void Dispose() => Abort();

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
            Task.CompletedTask;

        public override Task CloseOutputAsync(
            WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public override Task SendAsync(
            ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
