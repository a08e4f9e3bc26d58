using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Connections;

namespace Hoop.Cli.Agent.Channel;

/// <summary>
/// SignalR's transport for the agent: one direct WebSocket (RFC 6455) without the negotiate request, the credential as a header of the handshake.
/// A connection that is refused fails with <see cref="ChannelRefusedException"/>.
/// </summary>
/// <param name="credential">Read for each connection.</param>
internal sealed class WebSocketConnectionFactory(Func<string> credential) : IConnectionFactory
{
    public async ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        var address = ((UriEndPoint)endpoint).Uri;
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {credential()}");
            socket.Options.SetRequestHeader("User-Agent", $"hoopagent/{HostFacts.Version}");
            socket.Options.CollectHttpResponseDetails = true;
            // A credential for this machine does not leave it through a proxy.
            if (address.IsLoopback)
            {
                socket.Options.Proxy = null;
            }

            await socket.ConnectAsync(WebSocketAddress(address), cancellationToken);
            return WebSocketConnection.Start(socket, endpoint);
        }
        catch (WebSocketException exception)
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            throw status == default(HttpStatusCode) ? new ChannelUnreachableException(exception) : new ChannelRefusedException(status);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static Uri WebSocketAddress(Uri address) =>
        new UriBuilder(address) { Scheme = string.Equals(address.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal) ? Uri.UriSchemeWss : Uri.UriSchemeWs }.Uri;
}

/// <summary>The gateway, or something before it, answered the handshake with another status than 101.</summary>
internal sealed class ChannelRefusedException(HttpStatusCode status) : IOException(Describe(status))
{
    private static string Describe(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => $"the gateway refused the agent's credential (HTTP {(int)status})",
        HttpStatusCode.NotFound => "there is no agent channel at this address (HTTP 404); is it a hoop gateway?",
        _ => $"the gateway did not open the channel (HTTP {(int)status})",
    };
}

/// <summary>No connection: name, network, TLS.</summary>
internal sealed class ChannelUnreachableException(WebSocketException cause) : IOException($"the gateway cannot be reached: {cause.GetBaseException().Message}", cause);
