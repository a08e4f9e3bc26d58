using System.Buffers;
using System.Net.WebSockets;
using System.Text;
using Hoop.Cli.Agent.Channel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent.Channel;

/// <summary>The transport alone, against a bare WebSocket whose peer the test plays.</summary>
internal sealed class WebSocketConnectionTests
{
    private WebApplication? _app;
    private TaskCompletionSource<WebSocket> _accepted = new();
    private TaskCompletionSource _release = new();

    [SetUp]
    public async Task Start()
    {
        _accepted = new TaskCompletionSource<WebSocket>(TaskCreationOptions.RunContinuationsAsynchronously);
        _release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Map("/", async context =>
        {
            _accepted.SetResult(await context.WebSockets.AcceptWebSocketAsync());
            await _release.Task;
        });
        await _app.StartAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        _release.TrySetResult();
        await _app!.DisposeAsync();
    }

    [Test]
    public async Task What_is_flushed_arrives_as_text_messages_and_what_arrives_can_be_read()
    {
        await using var connection = await Connect();
        var peer = await _accepted.Task;

        await connection.Transport.Output.WriteAsync("to the peer"u8.ToArray());
        var buffer = new byte[100];
        var received = await peer.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        await peer.SendAsync("from "u8.ToArray(), WebSocketMessageType.Text, endOfMessage: false, CancellationToken.None);
        await peer.SendAsync("the peer"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        var read = await connection.Transport.Input.ReadAtLeastAsync("from the peer".Length);

        Assert.That((received.MessageType, Encoding.UTF8.GetString(buffer, 0, received.Count)), Is.EqualTo((WebSocketMessageType.Text, "to the peer")));
        Assert.That(Encoding.UTF8.GetString(read.Buffer.ToArray()), Is.EqualTo("from the peer"));
    }

    [Test]
    public async Task A_proper_close_by_the_peer_ends_the_input_without_an_error_and_is_answered()
    {
        await using var connection = await Connect();
        var peer = await _accepted.Task;

        await peer.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", CancellationToken.None);

        Assert.That((await connection.Transport.Input.ReadAsync()).IsCompleted, Is.True);
        await IsClosed(connection);
        Assert.That(peer.State, Is.EqualTo(WebSocketState.Closed));
    }

    [Test]
    public async Task A_peer_that_vanishes_ends_the_input_with_an_error()
    {
        await using var connection = await Connect();

        (await _accepted.Task).Abort();

        Assert.That(async () => await connection.Transport.Input.ReadAsync(), Throws.TypeOf<IOException>());
        await IsClosed(connection);
    }

    [Test]
    public async Task Abort_breaks_the_connection_for_both_sides()
    {
        await using var connection = await Connect();
        var peer = await _accepted.Task;

        connection.Abort(new ConnectionAbortedException("test"));

        Assert.That(async () => await connection.Transport.Input.ReadAsync(), Throws.TypeOf<IOException>());
        await IsClosed(connection);
        Assert.That(async () => await peer.ReceiveAsync(new byte[1], CancellationToken.None), Throws.TypeOf<WebSocketException>());
        await Eventually.True(() => connection.Transport.Output.WriteAsync(new byte[1]).AsTask().Result.IsCompleted, () => "the output is not completed");
    }

    [Test]
    public async Task Dispose_sends_what_was_written_and_closes_properly()
    {
        var connection = await Connect();
        var peer = await _accepted.Task;
        await connection.Transport.Output.WriteAsync("last words"u8.ToArray());

        var disposing = connection.DisposeAsync();
        var buffer = new byte[100];
        var words = await peer.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        var close = await peer.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
        await peer.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
        await disposing;

        Assert.That((words.Count, close.MessageType), Is.EqualTo(("last words".Length, WebSocketMessageType.Close)));
        Assert.That(connection.ConnectionClosed.IsCancellationRequested, Is.True);
    }

    [Test, CancelAfter(10_000)]
    public async Task Dispose_does_not_wait_for_ever_for_a_peer_that_neither_reads_nor_answers(CancellationToken cancellationToken)
    {
        var connection = await Connect();
        await _accepted.Task;
        using var written = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));
        try
        {
            while (true)
            {
                await connection.Transport.Output.WriteAsync(new byte[1024 * 1024], written.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // The socket's buffers are full.
        }

        await connection.DisposeAsync().AsTask().WaitAsync(cancellationToken);

        Assert.That(connection.ConnectionClosed.IsCancellationRequested, Is.True);
    }

    [Test]
    public async Task A_reader_that_does_not_read_does_not_keep_an_aborted_connection_open()
    {
        await using var connection = await Connect();
        var peer = await _accepted.Task;
        await peer.SendAsync(new byte[1024 * 1024], WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

        connection.Abort(new ConnectionAbortedException("test"));

        await IsClosed(connection);
    }

    [Test]
    public async Task A_message_without_end_is_cut_off()
    {
        await using var connection = await Connect();
        var peer = await _accepted.Task;
        var sending = Task.Run(async () =>
        {
            for (var sent = 0; sent <= WebSocketConnection.LongestMessage; sent += 1024 * 1024)
            {
                await peer.SendAsync(new byte[1024 * 1024], WebSocketMessageType.Text, endOfMessage: false, CancellationToken.None);
            }
        });

        Assert.That(async () => await ReadOn(connection), Throws.TypeOf<InvalidDataException>());
        await IsClosed(connection);
        await sending;
    }

    private static async Task ReadOn(ConnectionContext connection)
    {
        while (true)
        {
            var read = await connection.Transport.Input.ReadAsync();
            connection.Transport.Input.AdvanceTo(read.Buffer.End);
        }
    }

    private static Task IsClosed(ConnectionContext connection) =>
        Eventually.True(() => connection.ConnectionClosed.IsCancellationRequested, () => "ConnectionClosed was not cancelled");

    private async Task<ConnectionContext> Connect() =>
        await new WebSocketConnectionFactory(() => "token").ConnectAsync(new UriEndPoint(new Uri(_app!.Urls.Single())));
}
