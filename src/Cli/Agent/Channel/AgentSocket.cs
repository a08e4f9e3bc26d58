using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using Hoop.Cli.Output;

namespace Hoop.Cli.Agent.Channel;

/// <summary>The agent's handshake (RFC 6455): the credential as a header, no redirect, and a refusal that says what to do.</summary>
internal static class AgentSocket
{
    public static async Task<WebSocket> Connect(Uri address, string credential, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.SetRequestHeader("Authorization", $"Bearer {credential}");
            socket.Options.SetRequestHeader("User-Agent", $"hoopagent/{HostFacts.Version}");
            socket.Options.CollectHttpResponseDetails = true;

            // A redirect is not followed: .NET would drop the credential on the way, and the refusal would be told as the gateway's.
            // A credential for this machine does not leave it through a proxy.
            using var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = !address.IsLoopback };
            using var invoker = new HttpMessageInvoker(handler);
            await socket.ConnectAsync(WebSocketAddress(address), invoker, cancellationToken);
            return new CappedWebSocket(socket);
        }
        catch (WebSocketException exception)
        {
            var (status, headers) = (socket.HttpStatusCode, socket.HttpResponseHeaders);
            socket.Dispose();
            throw status == default(HttpStatusCode)
                ? new ChannelUnreachableException(address, exception)
                : new ChannelRefusedException(address, status, Header(headers, nameof(HttpResponseHeaders.Location)))
                { RetryAfter = Seconds(Header(headers, "Retry-After")) };
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string? Header(IReadOnlyDictionary<string, IEnumerable<string>>? headers, string name) =>
        headers?.FirstOrDefault(header => string.Equals(header.Key, name, StringComparison.OrdinalIgnoreCase)).Value?.FirstOrDefault();

    /// <summary>RFC 9110 section 10.2.3, its form in seconds; not longer than an agent may be away for a gateway's mistake.</summary>
    private static TimeSpan? Seconds(string? retryAfter) =>
        int.TryParse(retryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, 30))
            : null;

    private static Uri WebSocketAddress(Uri address) =>
        new UriBuilder(address)
        {
            Scheme = string.Equals(address.Scheme, Uri.UriSchemeHttps, StringComparison.Ordinal)
            ? Uri.UriSchemeWss
            : Uri.UriSchemeWs
        }.Uri;
}

/// <summary>The gateway, or something before it, answered the handshake with another status than 101.</summary>
internal sealed class ChannelRefusedException(
    Uri address, HttpStatusCode status, string? location) : IOException(Describe(address, status, location))
{
    /// <summary>The gateway knows this credential not, or not any more. Trying again with the same one is in vain.</summary>
    public bool IsDefinite => status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;

    /// <summary>How long the gateway wants to be left alone.</summary>
    public TimeSpan? RetryAfter { get; init; }

    private static string Describe(Uri address, HttpStatusCode status, string? location)
    {
        var gateway = address.GetLeftPart(UriPartial.Authority);
        return status switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                $"the gateway at {gateway} refused the agent's credential (HTTP {(int)status})",
            HttpStatusCode.NotFound => $"there is no agent channel at {address} (HTTP 404); is it a hoop gateway?",
            >= HttpStatusCode.Moved and < HttpStatusCode.BadRequest =>
                $"{gateway} redirects to {Printable.Text(location ?? "another address")} (HTTP {(int)status}), "
                + "and an agent does not follow with its credential; set HOOP_APIURL to where the gateway is",
            HttpStatusCode.BadRequest or HttpStatusCode.UpgradeRequired or HttpStatusCode.OK or HttpStatusCode.NotImplemented =>
                $"{gateway} did not open a WebSocket (HTTP {(int)status}); a proxy before the gateway must pass the headers Upgrade and Connection on",
            _ => $"the gateway at {gateway} did not open the channel (HTTP {(int)status})",
        };
    }
}

/// <summary>No connection: name, network, TLS.</summary>
internal sealed class ChannelUnreachableException(Uri address, WebSocketException cause)
    : IOException(
        $"the gateway at {address.GetLeftPart(UriPartial.Authority)} cannot be reached: {cause.GetBaseException().Message}", cause);
