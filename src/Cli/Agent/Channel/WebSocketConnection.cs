using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Hoop.Cli.Agent.Channel;

/// <summary>
/// A WebSocket as a connection of SignalR. However it ends (peer closes or vanishes, <see cref="Abort(ConnectionAbortedException)"/>, dispose), both pipes are completed
/// and <see cref="BaseConnectionContext.ConnectionClosed"/> is cancelled; a break ends the input with its error, a proper close without.
/// </summary>
internal sealed class WebSocketConnection : ConnectionContext
{
    /// <summary>A message of the gateway beyond this is taken for a mistake or an attack, and ends the connection.</summary>
    public const int LongestMessage = 32 * 1024 * 1024;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    private readonly WebSocket _socket;
    private readonly Pipe _received = new(new PipeOptions(useSynchronizationContext: false));
    private readonly Pipe _sent = new(new PipeOptions(useSynchronizationContext: false));
    private readonly CancellationTokenSource _closed = new();
    private Task _running = Task.CompletedTask;

    private WebSocketConnection(WebSocket socket, EndPoint remote)
    {
        _socket = socket;
        RemoteEndPoint = remote;
        ConnectionClosed = _closed.Token;
        Transport = new Ends(_received.Reader, _sent.Writer);
    }

    public override string ConnectionId { get; set; } = Guid.NewGuid().ToString();

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    public static WebSocketConnection Start(WebSocket socket, EndPoint remote)
    {
        var connection = new WebSocketConnection(socket, remote);
        connection._running = Task.Run(connection.Run);
        return connection;
    }

    /// <summary>Breaks the connection at once, without a closing handshake.</summary>
    public override void Abort(ConnectionAbortedException abortReason) => Abort();

    public override void Abort()
    {
        _socket.Abort();
        // Neither waits on the socket when our own side neither reads nor writes.
        _received.Writer.CancelPendingFlush();
        _sent.Reader.CancelPendingRead();
    }

    /// <summary>Sends what is still to be sent, closes properly, and gives the peer a second to agree; a peer that takes nothing is left after two.</summary>
    public override async ValueTask DisposeAsync()
    {
        await Transport.Output.CompleteAsync();
        await Transport.Input.CompleteAsync();
        if (await Task.WhenAny(_running, Task.Delay(2 * CloseTimeout)) != _running)
        {
            // The peer takes nothing any more, not even the close.
            Abort();
        }

        await _running;
        _closed.Dispose();
        await base.DisposeAsync();
    }

    private async Task Run()
    {
        var receiving = Receive();
        var sending = Send();

        // Whichever side ended, the other gets a moment to agree: the peer to answer our close, the sender to answer the peer's.
        var ended = await Task.WhenAny(receiving, sending);
        _sent.Reader.CancelPendingRead();
        await Task.WhenAny(ended == receiving ? sending : receiving, Task.Delay(CloseTimeout));

        Abort();
        await receiving;
        await sending;
        _socket.Dispose();
        await _closed.CancelAsync();
    }

    private async Task Receive()
    {
        Exception? error = null;
        try
        {
            var length = 0;
            while (true)
            {
                var received = await _socket.ReceiveAsync(_received.Writer.GetMemory(16 * 1024), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close)
                {
                    break;
                }

                length += received.Count;
                if (length > LongestMessage)
                {
                    throw new InvalidDataException($"the gateway sent a message of more than {LongestMessage} bytes");
                }

                if (received.EndOfMessage)
                {
                    length = 0;
                }

                _received.Writer.Advance(received.Count);
                if (await _received.Writer.FlushAsync() is not { IsCompleted: false, IsCanceled: false })
                {
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidDataException)
        {
            error = exception as InvalidDataException ?? new IOException("the connection to the gateway broke", exception) as Exception;
        }

        await _received.Writer.CompleteAsync(error);
    }

    private async Task Send()
    {
        try
        {
            while (true)
            {
                var read = await _sent.Reader.ReadAsync();
                if (!read.Buffer.IsEmpty)
                {
                    await SendMessage(read.Buffer);
                }

                _sent.Reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                {
                    await CloseOutput();
                    break;
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // The receiving side sees the same break and carries it to the reader.
        }

        await _sent.Reader.CompleteAsync();
    }

    private async Task SendMessage(ReadOnlySequence<byte> buffer)
    {
        var left = buffer.Length;
        foreach (var segment in buffer)
        {
            left -= segment.Length;
            await _socket.SendAsync(segment, WebSocketMessageType.Text, endOfMessage: left == 0, CancellationToken.None);
        }
    }

    private async Task CloseOutput()
    {
        if (_socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, statusDescription: null, CancellationToken.None);
        }
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
