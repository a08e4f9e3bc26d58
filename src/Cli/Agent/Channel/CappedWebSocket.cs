using System.Net.WebSockets;

namespace Hoop.Cli.Agent.Channel;

/// <summary>
/// A WebSocket that ends the connection at a message beyond <see cref="LongestMessage"/>: SignalR's client would take one of any
/// length into memory.
/// </summary>
internal sealed class CappedWebSocket(WebSocket socket) : WebSocket
{
    /// <summary>A message of the gateway beyond this is taken for a mistake or an attack.</summary>
    public const int LongestMessage = 32 * 1024 * 1024;

    private int _length;

    public override WebSocketCloseStatus? CloseStatus => socket.CloseStatus;

    public override string? CloseStatusDescription => socket.CloseStatusDescription;

    public override WebSocketState State => socket.State;

    public override string? SubProtocol => socket.SubProtocol;

    public override void Abort() => socket.Abort();

    public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        socket.CloseAsync(closeStatus, statusDescription, cancellationToken);

    public override Task CloseOutputAsync(
        WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) =>
        socket.CloseOutputAsync(closeStatus, statusDescription, cancellationToken);

    public override void Dispose() => socket.Dispose();

    public override async Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken)
    {
        var received = await socket.ReceiveAsync(buffer, cancellationToken);
        Count(received.Count, received.EndOfMessage);
        return received;
    }

    public override async ValueTask<ValueWebSocketReceiveResult> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        var received = await socket.ReceiveAsync(buffer, cancellationToken);
        Count(received.Count, received.EndOfMessage);
        return received;
    }

    public override Task SendAsync(
        ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        socket.SendAsync(buffer, messageType, endOfMessage, cancellationToken);

    public override ValueTask SendAsync(
        ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) =>
        socket.SendAsync(buffer, messageType, endOfMessage, cancellationToken);

    private void Count(int bytes, bool ends)
    {
        _length += bytes;
        if (_length > LongestMessage)
        {
            socket.Abort();
            throw new InvalidDataException($"the gateway sent a message of more than {LongestMessage} bytes");
        }

        _length = ends ? 0 : _length;
    }
}
