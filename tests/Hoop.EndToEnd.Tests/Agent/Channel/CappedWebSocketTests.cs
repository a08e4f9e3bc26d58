using System.Net.WebSockets;
using Hoop.Cli.Agent.Channel;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent.Channel;

internal sealed class CappedWebSocketTests
{
    [Test]
    public async Task Messages_are_counted_one_by_one()
    {
        using var played = new PlayedSocket();
        using var socket = new CappedWebSocket(played);
        for (var message = 0; message < 5; message++)
        {
            played.Next = new ValueWebSocketReceiveResult(CappedWebSocket.LongestMessage, WebSocketMessageType.Text, endOfMessage: true);
            Assert.That(
                (await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None)).Count, Is.EqualTo(CappedWebSocket.LongestMessage));
        }

        Assert.That(played.State, Is.EqualTo(WebSocketState.Open));
    }

    [Test]
    public async Task Pieces_add_up_and_too_much_aborts()
    {
        using var played = new PlayedSocket();
        using var socket = new CappedWebSocket(played);
        played.Next = new ValueWebSocketReceiveResult(CappedWebSocket.LongestMessage, WebSocketMessageType.Text, endOfMessage: false);
        await socket.ReceiveAsync(Memory<byte>.Empty, CancellationToken.None);
        played.Next = new ValueWebSocketReceiveResult(1, WebSocketMessageType.Text, endOfMessage: false);

        Assert.That(
            async () => await socket.ReceiveAsync(new ArraySegment<byte>([]), CancellationToken.None),
            Throws.TypeOf<InvalidDataException>());
        Assert.That(socket.State, Is.EqualTo(WebSocketState.Aborted));
    }

    [Test]
    public async Task Everything_else_is_the_sockets_own()
    {
        using var played = new PlayedSocket();
        using var socket = new CappedWebSocket(played);

        await socket.SendAsync(new byte[3], WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        await socket.SendAsync(new ArraySegment<byte>(new byte[4]), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);

        Assert.That(
            (played.Sent, socket.State, socket.CloseStatus, socket.CloseStatusDescription, socket.SubProtocol),
            Is.EqualTo((7, WebSocketState.CloseSent, (WebSocketCloseStatus?)WebSocketCloseStatus.NormalClosure, "bye", "played")));
        await socket.CloseAsync(WebSocketCloseStatus.EndpointUnavailable, null, CancellationToken.None);
        Assert.That(socket.State, Is.EqualTo(WebSocketState.Closed));
    }

    private sealed class PlayedSocket : WebSocket
    {
        private WebSocketState _state = WebSocketState.Open;
        private WebSocketCloseStatus? _closeStatus;
        private string? _description;

        public ValueWebSocketReceiveResult Next { get; set; }

        public int Sent { get; private set; }

        public override WebSocketCloseStatus? CloseStatus => _closeStatus;

        public override string? CloseStatusDescription => _description;

        public override WebSocketState State => _state;

        public override string? SubProtocol => "played";

        public override void Abort() => _state = WebSocketState.Aborted;

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
            Close(WebSocketState.Closed, closeStatus, statusDescription);

        public override Task CloseOutputAsync(
            WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
            Close(WebSocketState.CloseSent, closeStatus, statusDescription);

        public override void Dispose()
        {
        }

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) =>
            Task.FromResult(new WebSocketReceiveResult(Next.Count, Next.MessageType, Next.EndOfMessage));

        public override ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken) =>
            ValueTask.FromResult(Next);

        public override Task SendAsync(
            ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken)
        {
            Sent += buffer.Count;
            return Task.CompletedTask;
        }

        private Task Close(WebSocketState state, WebSocketCloseStatus closeStatus, string? statusDescription)
        {
            (_state, _closeStatus, _description) = (state, closeStatus, statusDescription);
            return Task.CompletedTask;
        }
    }
}
