using System.Buffers;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Hoop.Spiffe.Contracts;

namespace Hoop.Federation.Sessions;

/// <summary>
/// The caller's end of a streamed session. It is read all the time, so pings, orders and the caller's leaving are noticed while the
/// command does not read; the window bounds what lies here meanwhile.
/// </summary>
internal sealed class SessionSocket(WebSocket socket, TimeProvider clock) : IAgentStreams, IDisposable
{
    private static readonly TimeSpan OpenWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CloseWithin = TimeSpan.FromSeconds(5);

    // Bytes and not messages: as many messages as there are bytes would take fifty times the window.
    private readonly Pipe _input = new(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
    // Signals in their order, and a null for a new size. Of sizes only the last one counts, so that none of them crowds a signal out.
    private readonly Channel<AgentOrder?> _orders = Channel.CreateBounded<AgentOrder?>(64);

    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _taken = new(0);
    private readonly CancellationTokenSource _left = new();
    private readonly byte[] _received = new byte[SessionMessages.Largest + 1];
    private readonly byte[] _sent = new byte[SessionMessages.Largest + 1];
    private AgentOrder? _size;
    private int _held;
    private bool _inputEnded;
    private int _unsaid;
    private long _underWay;
    private long _written;
    private Task _reader = Task.CompletedTask;

    /// <summary>The first message; null when it is none, and the connection is closed then.</summary>
    public async Task<FromCaller?> Open(CancellationToken cancellationToken)
    {
        using var late = new CancellationTokenSource(OpenWithin, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            if (await Receive(limit.Token) is (WebSocketMessageType.Text, var length) && Message(length) is { Type: "open" } opening)
            {
                return opening;
            }

            await Part(new ToCaller("refused", Code: "malformed", Message: "the first message must be a text {\"type\":\"open\", …}"));
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException or JsonException)
        {
            await Part(new ToCaller("refused", Code: "malformed", Message: "the first message did not come, or cannot be read"));
        }

        return null;
    }

    /// <summary>Does <paramref name="work"/> while the socket is read; its token ends when the caller leaves.</summary>
    public async Task<T> While<T>(Func<CancellationToken, Task<T>> work, CancellationToken aborted)
    {
        using var leaves = CancellationTokenSource.CreateLinkedTokenSource(_left.Token, aborted);

        // It is read on afterwards: a receive that is cancelled aborts the socket, and the last word is still to be said.
        _reader = ReadAll();
        return await work(leaves.Token);
    }

    /// <summary>The last word: how the session ended, or why there was none.</summary>
    public Task Close(Guid id, Result<Session> result) => Part(result.Succeeded(out var session, out var error)
        ? new ToCaller("ended", Bytes: Interlocked.Read(ref _written), Session: session)
        : new ToCaller("refused", SessionId: id, Code: error.Code, Message: error.Message));

    public async Task Write(bool isError, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, SessionMessages.Largest)];
            while (Interlocked.Read(ref _underWay) + piece.Length > SessionMessages.Window)
            {
                await _taken.WaitAsync(cancellationToken);
            }

            Interlocked.Add(ref _underWay, piece.Length);
            await _sending.WaitAsync(cancellationToken);
            try
            {
                _sent[0] = isError ? SessionMessages.Error : SessionMessages.Output;
                piece.CopyTo(_sent.AsMemory(1));
                await socket.SendAsync(_sent.AsMemory(0, piece.Length + 1), WebSocketMessageType.Binary, endOfMessage: true, _left.Token);
            }
            catch (WebSocketException)
            {
                // Before whoever sends hears of it, so that the session ends for the caller's leaving.
                await Leave();
                throw;
            }
            finally
            {
                _sending.Release();
            }

            Interlocked.Add(ref _written, piece.Length);
            bytes = bytes[piece.Length..];
        }
    }

    public async Task<ReadOnlyMemory<byte>?> Read(CancellationToken cancellationToken)
    {
        // The piece before has gone on its way. What is not said yet is less than a quarter: the caller never waits for it.
        if (_unsaid >= SessionMessages.Window / 4)
        {
            await Say(new ToCaller("taken", Bytes: _unsaid), cancellationToken);
            _unsaid = 0;
        }

        var read = await _input.Reader.ReadAsync(cancellationToken);
        var piece = read.Buffer.Slice(0, Math.Min(read.Buffer.Length, SessionMessages.Largest));
        var bytes = piece.ToArray();
        _input.Reader.AdvanceTo(piece.End);
        if (bytes.Length == 0)
        {
            return null;
        }

        Interlocked.Add(ref _held, -bytes.Length);
        _unsaid += bytes.Length;
        return bytes;
    }

    public async Task<AgentOrder?> Order(CancellationToken cancellationToken) =>
        await _orders.Reader.ReadAsync(cancellationToken) ?? Interlocked.Exchange(ref _size, null);

    public void Dispose()
    {
        _left.Dispose();
        _sending.Dispose();
        _taken.Dispose();
    }

    private async Task ReadAll()
    {
        try
        {
            while (await Receive(CancellationToken.None) is var (type, length) && await Take(type, length))
            {
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or JsonException
            or ObjectDisposedException or InvalidOperationException)
        {
            // Gone, or not of our protocol; both end the session.
        }

        await Leave();
    }

    private async Task Leave()
    {
        try
        {
            await _left.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // After the last word.
        }
    }

    /// <summary>False: the caller left, or breaks the protocol.</summary>
    private async ValueTask<bool> Take(WebSocketMessageType type, int length)
    {
        if (type == WebSocketMessageType.Binary)
        {
            return length > 0 && _received[0] == SessionMessages.Input && await Queue(_received.AsMemory(1, length - 1));
        }

        switch (type == WebSocketMessageType.Text ? Message(length) : null)
        {
            case { Type: "end_of_input" }:
                _inputEnded = true;
                await _input.Writer.CompleteAsync();
                return true;
            case { Type: "taken", Bytes: > 0 and var bytes }:
                var rest = Interlocked.Add(ref _underWay, -bytes);

                // Only now: who waits looks once for each release.
                _taken.Release();
                return rest >= 0;
            case { Type: "resize", Columns: { } columns, Rows: { } rows } when SessionTerminal.IsSize(columns, rows):
                Resize(new AgentOrder(Signal: null, columns, rows));
                return true;
            case { Type: "signal", Signal: { } signal } when SessionMessages.Signals.Contains(signal):
                // So many wait only where nobody takes them; one more says nothing new.
                _ = _orders.Writer.TryWrite(new AgentOrder(signal, 0, 0));
                return true;
            default:
                return false;
        }
    }

    private void Resize(AgentOrder size)
    {
        if (Interlocked.Exchange(ref _size, size) is null && !_orders.Writer.TryWrite(null))
        {
            // The next one asks again.
            Interlocked.Exchange(ref _size, null);
        }
    }

    private async ValueTask<bool> Queue(ReadOnlyMemory<byte> bytes)
    {
        // What comes after the end of input is dropped; it had an end, its sender said so. No bytes are no mistake, and nothing.
        if (_inputEnded || bytes.IsEmpty)
        {
            return true;
        }

        if (Interlocked.Add(ref _held, bytes.Length) > SessionMessages.Window)
        {
            return false;
        }

        await _input.Writer.WriteAsync(bytes);
        return true;
    }

    private FromCaller? Message(int length) => JsonSerializer.Deserialize<FromCaller>(_received.AsSpan(0, length), SessionMessages.Json);

    /// <summary>One whole message; longer ones than there may be are answered as a close.</summary>
    private async Task<(WebSocketMessageType Type, int Length)> Receive(CancellationToken cancellationToken)
    {
        for (var length = 0; ;)
        {
            var part = await socket.ReceiveAsync(_received.AsMemory(length), cancellationToken);
            length += part.Count;
            if (part.EndOfMessage || part.MessageType == WebSocketMessageType.Close)
            {
                return (part.MessageType, length);
            }

            if (length == _received.Length)
            {
                return (WebSocketMessageType.Close, 0);
            }
        }
    }

    private async Task Say(ToCaller message, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(message, SessionMessages.Json);
        await _sending.WaitAsync(cancellationToken);
        try
        {
            await socket.SendAsync(bytes.AsMemory(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task Part(ToCaller last)
    {
        using var limit = new CancellationTokenSource(CloseWithin, clock);
        try
        {
            await Say(last, limit.Token).WaitAsync(limit.Token);
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, last.Type, limit.Token);

            // Until the other side has closed too, it may not have read all of this.
            await _reader.WaitAsync(limit.Token);
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException or ObjectDisposedException
            or InvalidOperationException)
        {
            // Nobody is there to hear it.
            socket.Abort();
        }
    }
}
