using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Hoop.Cli.Configuration;
using Hoop.Cli.Gateway;
using Hoop.Cli.Output;

namespace Hoop.Cli.Sessions;

/// <summary>
/// A session's bytes on a WebSocket of the gateway. The socket is read all the time, so that pings are answered while standard output is
/// slow; what lies here meanwhile is bounded by the window, and the command waits. Text is never made of the bytes.
/// </summary>
#pragma warning disable CA1001, CA1711 // Nobody takes the semaphores' wait handles; and a stream of a session is what it is.
internal sealed class SessionStream(WebSocket socket, Stream output, Stream error)
#pragma warning restore CA1001, CA1711
{
    /// <summary>The exit code when it is not the command's: hoop itself failed, or does not know how the command ended.</summary>
    public const int Failed = 255;

    private const int Largest = 16 * 1024;
    private const int Window = 128 * 1024;
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(15);

    private readonly Channel<(bool IsError, byte[] Bytes)> _written = Channel.CreateUnbounded<(bool, byte[])>();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly SemaphoreSlim _taken = new(0);
    private long _underWay;
    private long _received;

    /// <summary>True while the other side takes no more input.</summary>
    public bool IsFull => Interlocked.Read(ref _underWay) > Window - Largest;

    /// <exception cref="CliFailure">The gateway cannot be reached, or refuses.</exception>
    public static async Task<WebSocket> Connect(Settings settings, string token, CancellationToken stop)
    {
        var address = new UriBuilder(settings.ApiUrl.AbsoluteUri.TrimEnd('/') + "/api/sessions/stream")
        {
            Scheme = settings.ApiUrl.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs,
        }.Uri;
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {token}");
        socket.Options.SetRequestHeader("User-Agent", $"hoopcli/{HoopCommand.Version}");
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.KeepAliveInterval = Ping;
        socket.Options.KeepAliveTimeout = Ping;
        try
        {
            using var invoker = new HttpMessageInvoker(Connection.Handler(settings));
            await socket.ConnectAsync(address, invoker, stop);
            return socket;
        }
        catch (WebSocketException exception)
        {
            var status = (int)socket.HttpStatusCode;
            socket.Dispose();
            throw new CliFailure(
                status switch
                {
                    0 => $"cannot reach {settings.Authority}: {exception.GetBaseException().Message}",
                    401 => "the gateway does not accept the token: hoop config view shows where it comes from",
                    404 => $"{settings.Authority} does not know streamed sessions: is it a gateway of this version?",
                    >= 300 and < 400 => $"{settings.Authority} redirects, and the token does not follow: set api_url to the gateway itself",
                    _ => $"{settings.Authority} did not open a WebSocket (HTTP {status}); a proxy before the gateway must pass the headers "
                        + "Upgrade and Connection on",
                },
                Failed);
        }
    }

    /// <summary>From the opening message to the exit code of the command.</summary>
    /// <param name="opening">Its members beside the type.</param>
    /// <param name="feed">Sends the input, and its end.</param>
    /// <exception cref="CliFailure">There was no session, or nobody knows how it ended.</exception>
    /// <exception cref="UnwrittenException">The output cannot be written.</exception>
    public async Task<int> Run(JsonObject opening, Func<SessionStream, CancellationToken, Task> feed, CancellationToken stop)
    {
        opening["type"] = "open";
        using var over = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await Say(opening);
        var writing = Write();
        var feeding = feed(this, over.Token);
        JsonElement last;
        try
        {
            var receiving = Receive(over.Token);
            await Task.WhenAny(receiving, FailureOf(feeding), FailureOf(writing));
            if (feeding.IsFaulted)
            {
                throw new CliFailure($"standard input cannot be read: {feeding.Exception.GetBaseException().Message}", Failed);
            }

            if (writing.IsFaulted)
            {
                await writing;
            }

            last = await receiving;
        }
        finally
        {
            _written.Writer.TryComplete();
            await over.CancelAsync();
        }

        await writing;
        _ = feeding.ContinueWith(
            task => task.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        await Leave();
        return CodeOf(last);
    }

    /// <summary>Ends when the task fails, and never otherwise.</summary>
    private static Task FailureOf(Task task)
    {
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = task.ContinueWith(
            ended => failed.SetResult(),
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously | TaskContinuationOptions.OnlyOnFaulted,
            TaskScheduler.Default);
        return failed.Task;
    }

    /// <summary>Bytes for the command, as fast as it takes them.</summary>
    public async Task Input(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        while (!bytes.IsEmpty)
        {
            var piece = bytes[..Math.Min(bytes.Length, Largest)];
            while (Interlocked.Read(ref _underWay) + piece.Length > Window)
            {
                await _taken.WaitAsync(cancellationToken);
            }

            Interlocked.Add(ref _underWay, piece.Length);
            var message = new byte[piece.Length + 1];
            piece.CopyTo(message.AsMemory(1));
            await Send(message, WebSocketMessageType.Binary);
            bytes = bytes[piece.Length..];
        }
    }

    public Task EndOfInput() => Say(new JsonObject { ["type"] = "end_of_input" });

    public Task Resize(int columns, int rows) =>
        Say(new JsonObject { ["type"] = "resize", ["columns"] = columns, ["rows"] = rows });

    public Task Signal(string name) => Say(new JsonObject { ["type"] = "signal", ["signal"] = name });

    /// <summary>Reads until the last word.</summary>
    private async Task<JsonElement> Receive(CancellationToken stop)
    {
        var buffer = new byte[64 * 1024];
        while (true)
        {
            var length = 0;
            ValueWebSocketReceiveResult part;
            try
            {
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(length), stop);
                    length += part.Count;
                }
                while (!part.EndOfMessage && length < buffer.Length);
            }
            catch (WebSocketException)
            {
                throw Broken();
            }

            switch (part.MessageType)
            {
                case WebSocketMessageType.Binary when length > 1:
                    Interlocked.Add(ref _received, length - 1);
                    _written.Writer.TryWrite((buffer[0] == 2, buffer[1..length]));
                    break;
                case WebSocketMessageType.Text:
                    var message = JsonElement.Parse(buffer.AsSpan(0, length));
                    if (message.Text("type") != "taken")
                    {
                        return message;
                    }

                    Interlocked.Add(ref _underWay, -message.GetProperty("bytes").GetInt64());
                    _taken.Release();
                    break;
                default:
                    throw Broken();
            }
        }
    }

    /// <summary>On to standard output and error; what has gone there, the gateway may send again.</summary>
    private async Task Write()
    {
        var unsaid = 0;
        await foreach (var (isError, bytes) in _written.Reader.ReadAllAsync())
        {
            var target = isError ? error : output;
            await target.WriteAsync(bytes);
            await target.FlushAsync();
            unsaid += bytes.Length;

            // What is not said yet is less than a quarter: the gateway never waits for it.
            if (unsaid >= Window / 4)
            {
                await Say(new JsonObject { ["type"] = "taken", ["bytes"] = unsaid });
                unsaid = 0;
            }
        }
    }

    private int CodeOf(JsonElement last)
    {
        if (last.Text("type") == "refused")
        {
            throw new CliFailure(
                (last.Text("message") ?? "the gateway refused the session")
                    + (last.Text("code") == "connection_not_found" ? $". {Refusal.Connections}" : ""),
                Failed);
        }

        var session = last.GetProperty("session");
        if (last.GetProperty("bytes").GetInt64() != Interlocked.Read(ref _received))
        {
            throw new CliFailure("the output did not arrive whole", Failed);
        }

        return session.Text("status") == "done" && session.Member("exit_code") is { } code
            ? code.GetInt32()
            : throw new CliFailure(
                $"the session {session.Text("id")} did not come to its end: {session.Text("reason")}"
                + (session.Text("message") is { Length: > 0 } message ? $": {message}" : ""),
                Failed);
    }

    private static CliFailure Broken() =>
        new("the connection to the gateway broke; how far the command came is not known, and it is ended", Failed);

    private Task Say(JsonObject message) => Send(Encoding.UTF8.GetBytes(message.ToJsonString()), WebSocketMessageType.Text);

    private async Task Send(byte[] message, WebSocketMessageType type)
    {
        await _sending.WaitAsync();
        try
        {
            await socket.SendAsync(message.AsMemory(), type, endOfMessage: true, CancellationToken.None);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or InvalidOperationException)
        {
            // Whoever reads will see that it broke, and knows more: the last word may have come before.
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task Leave()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", limit.Token);
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or InvalidOperationException)
        {
            // The gateway has closed already.
        }
    }
}
