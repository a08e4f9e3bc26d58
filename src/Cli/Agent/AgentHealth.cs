using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hoop.Cli.Agent;

/// <summary>
/// What a probe asks an agent: <c>/livez</c> is 200 while the process runs, <c>/readyz</c> while it has a channel, else 503. Only for
/// whoever names an address. A few bytes of HTTP/1.1, so that the agent needs no web server for it.
/// </summary>
internal sealed class AgentHealth : IAsyncDisposable
{
    private const int LongestRequest = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly SemaphoreSlim _atOnce = new(16);
    private int _channels;

    private AgentHealth(TcpListener listener)
    {
        _listener = listener;
        _serving = Serve();
    }

    /// <summary>It has a channel to a gateway; while it moves from one to another, it has two.</summary>
    public bool Connected => Volatile.Read(ref _channels) > 0;

    public void Opened() => Interlocked.Increment(ref _channels);

    public void Closed() => Interlocked.Decrement(ref _channels);

    public IPEndPoint Address => (IPEndPoint)_listener.LocalEndpoint;

    /// <exception cref="AgentConfigurationException">It is no address of this machine, or is taken.</exception>
    public static AgentHealth Listen(string address)
    {
        if (!IPEndPoint.TryParse(address, out var endpoint) || !address.Contains(':', StringComparison.Ordinal))
        {
            throw new AgentConfigurationException("--health-listen: must be an IP address and a port, such as 127.0.0.1:9465");
        }

        var listener = new TcpListener(endpoint);
        try
        {
            listener.Start();
        }
        catch (SocketException exception)
        {
            listener.Dispose();
            throw new AgentConfigurationException($"--health-listen: {endpoint}: {exception.Message}");
        }

        return new AgentHealth(listener);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task Serve()
    {
        try
        {
            while (true)
            {
                await _atOnce.WaitAsync(_stop.Token);
                _ = Answer(await _listener.AcceptTcpClientAsync(_stop.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It was told to stop.
        }
    }

    private async Task Answer(TcpClient client)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(Patience);
        try
        {
            using (client)
            {
                await using var stream = client.GetStream();
                var (status, text) = Judge(await FirstLine(stream, limit.Token));
                var body = text + "\n";
                await stream.WriteAsync(
                    Encoding.ASCII.GetBytes(string.Create(
                        CultureInfo.InvariantCulture,
                        $"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}")),
                    limit.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or SocketException)
        {
            // A probe that went away, or never said what it wants.
        }
        finally
        {
            _atOnce.Release();
        }
    }

    private (string Status, string Text) Judge(string line) => line.Split(' ') switch
    {
        ["GET", "/livez", _] => ("200 OK", "ok"),
        ["GET", "/readyz", _] => Connected ? ("200 OK", "connected") : ("503 Service Unavailable", "not connected"),
        ["GET", _, _] => ("404 Not Found", "only /livez and /readyz are served here"),
        _ => ("400 Bad Request", "ask with GET"),
    };

    private static async Task<string> FirstLine(NetworkStream stream, CancellationToken cancellationToken)
    {
        var (buffer, length) = (new byte[LongestRequest], 0);
        while (length < buffer.Length && !buffer.AsSpan(0, length).EndsWith("\r\n\r\n"u8))
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                break;
            }

            length += read;
        }

        return Encoding.ASCII.GetString(buffer, 0, length).Split("\r\n", 2)[0];
    }
}
