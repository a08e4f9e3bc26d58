using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Hoop.Cli.SignIn;

/// <summary>What the browser brought back: a code, or the issuer's refusal.</summary>
internal sealed record Callback(string? Code, string? Error, string? Description, string? Issuer);

/// <summary>
/// Waits for the browser on the machine's own address (RFC 8252 section 7.3). Whoever comes without the state of this attempt is told 400
/// and changes nothing, whatever else it says: anybody can send a request to a port of this machine. Every page is fixed text.
/// </summary>
internal sealed class LoopbackListener : IDisposable
{
    private const int LongestRequest = 16 * 1024;

    private static readonly TimeSpan EachRequest = TimeSpan.FromSeconds(10);

    private readonly TcpListener[] _listeners;

    private LoopbackListener(TcpListener[] listeners, Uri redirect) => (_listeners, Redirect) = (listeners, redirect);

    /// <summary>As it is registered at the issuer, with the port that is really listened on.</summary>
    public Uri Redirect { get; }

    /// <param name="redirect">
    /// <c>http</c> with a literal loopback address, or <c>localhost</c> where it is registered so: then on both families, because the
    /// browser chooses. Port 0: any free one.
    /// </param>
    /// <exception cref="CliFailure">It is no such address, or the port is taken.</exception>
    public static LoopbackListener Start(string redirect)
    {
        if (!Uri.TryCreate(redirect, UriKind.Absolute, out var address) || address is not { Scheme: "http", IsLoopback: true }
            || address.Query.Length + address.Fragment.Length + address.UserInfo.Length > 0)
        {
            throw new CliFailure("--redirect-uri: write http with an address of this machine, such as http://127.0.0.1:3587/callback");
        }

        var host = address.Host.Trim('[', ']');
        IPAddress[] own = host == "localhost" ? [IPAddress.Loopback, IPAddress.IPv6Loopback]
            : IPAddress.TryParse(host, out var one) ? [one]
            : throw new CliFailure("--redirect-uri: use 127.0.0.1, [::1] or localhost");
        var (listeners, port) = (new List<TcpListener>(), address.Port);
        foreach (var family in own)
        {
            var listener = new TcpListener(family, port);
            try
            {
                listener.Start(16);
            }
            catch (SocketException exception) when (
                exception.SocketErrorCode is SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable
                && (listeners.Count > 0 || own.Length > 1))
            {
                // A machine without IPv6 (or without IPv4) has a browser without it.
                continue;
            }
            catch (SocketException exception)
            {
                listeners.ForEach(started => started.Dispose());
                throw new CliFailure(
                    $"the browser's answer cannot be waited for on {address.Authority}: {exception.Message}. Use another port with --redirect-uri, or run: hoop login --device");
            }

            port = ((IPEndPoint)listener.LocalEndpoint).Port;
            listeners.Add(listener);
        }

        var text = address.Port == port ? redirect : $"http://{address.Host}:{port}{address.AbsolutePath}";
        return new LoopbackListener([.. listeners], new Uri(text));
    }

    /// <summary>The first answer that belongs to this attempt.</summary>
    public async Task<Callback> Wait(string state, CancellationToken stop)
    {
        var found = new TaskCompletionSource<Callback>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        await using var cancelled = end.Token.Register(() => found.TrySetCanceled(end.Token));
        var accepting = _listeners.Select(listener => Accept(listener, state, found, end.Token)).ToArray();
        try
        {
            return await found.Task;
        }
        finally
        {
            await end.CancelAsync();
            await Task.WhenAll(accepting);
        }
    }

    public void Dispose() => Array.ForEach(_listeners, listener => listener.Dispose());

    private async Task Accept(TcpListener listener, string state, TaskCompletionSource<Callback> found, CancellationToken stop)
    {
        var answering = new List<Task>();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var client = await listener.AcceptTcpClientAsync(stop);

                // One connection that says nothing holds nobody up: browsers open some in advance.
                answering.RemoveAll(task => task.IsCompleted);
                answering.Add(Answer(client, state, found, stop));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The attempt is over.
        }

        await Task.WhenAll(answering);
    }

    private async Task Answer(TcpClient client, string state, TaskCompletionSource<Callback> found, CancellationToken stop)
    {
        using (client)
        using (var limit = CancellationTokenSource.CreateLinkedTokenSource(stop))
        {
            limit.CancelAfter(EachRequest);
            try
            {
                var stream = client.GetStream();
                var target = await ReadTarget(stream, limit.Token);
                var callback = target is null ? null : Read(target, state);
                var page = callback switch
                {
                    null => Page("400 Bad Request", "This is not the answer that hoop login waits for."),
                    { Error: not null } => Page("200 OK", "The sign-in was refused. The reason stands in the terminal; you can close this page."),
                    _ => Page("200 OK", "You can close this page and go back to the terminal."),
                };
                await stream.WriteAsync(page, CancellationToken.None);
                client.Client.Shutdown(SocketShutdown.Send);
                if (callback is not null)
                {
                    found.TrySetResult(callback);
                }
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // Whoever it was went away.
            }
        }
    }

    /// <summary>The target of a GET; null for anything else.</summary>
    private static async Task<string?> ReadTarget(NetworkStream stream, CancellationToken stop)
    {
        var (buffer, length) = (new byte[LongestRequest], 0);
        while (length < buffer.Length)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), stop);
            length += read;
            if (buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8) >= 0)
            {
                return Encoding.Latin1.GetString(buffer, 0, buffer.AsSpan(0, length).IndexOf("\r\n"u8)).Split(' ') is ["GET", var target, _]
                    ? target
                    : null;
            }

            if (read == 0)
            {
                return null;
            }
        }

        return null;
    }

    /// <summary>The state comes first, in constant time and also before an error; a member that stands there twice is none.</summary>
    private Callback? Read(string target, string state)
    {
        var parts = target.Split('?', 2);
        if (parts[0] != Redirect.AbsolutePath || parts.Length < 2)
        {
            return null;
        }

        var members = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var pair in parts[1].Split('&'))
        {
            var sides = pair.Split('=', 2);
            var value = sides.Length == 2 ? Uri.UnescapeDataString(sides[1].Replace('+', ' ')) : "";
            members[sides[0]] = members.ContainsKey(sides[0]) ? null : value;
        }

        var given = Encoding.UTF8.GetBytes(members.GetValueOrDefault("state") ?? "");
        if (!CryptographicOperations.FixedTimeEquals(given, Encoding.UTF8.GetBytes(state)))
        {
            return null;
        }

        var (code, error) = (members.GetValueOrDefault("code"), members.GetValueOrDefault("error"));
        return string.IsNullOrEmpty(code) && string.IsNullOrEmpty(error)
            ? null
            : new Callback(
                error is null ? code : null, error, members.GetValueOrDefault("error_description"), members.GetValueOrDefault("iss"));
    }

    private static byte[] Page(string status, string text)
    {
        var body = $"hoop: {text}\n";
        return Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {body.Length}\r\nCache-Control: no-store\r\n"
            + "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n" + body);
    }
}
