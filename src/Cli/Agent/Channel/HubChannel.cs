using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Cli.Agent.Channel;

/// <summary>
/// SignalR over one direct WebSocket, without the negotiate request. It does not reconnect: each connection is a new one, with the
/// credential of the moment.
/// </summary>
internal static class HubChannel
{
    /// <summary>How long the gateway may take for the answer to a call; one that takes longer is taken for lost.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The gateway pings every two seconds, one of an older version every five. One that says nothing for longer is frozen or out of
    /// reach: it cannot be told that this channel has to end, so the agent ends it.
    /// </summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(7);

    public static HubConnection Create(Uri address, string credential) => new HubConnectionBuilder()
        .WithUrl(address, connection =>
        {
            connection.SkipNegotiation = true;
            connection.Transports = HttpTransportType.WebSockets;
            connection.CloseTimeout = CloseTimeout;
            connection.WebSocketFactory = async (_, cancellationToken) => await AgentSocket.Connect(address, credential, cancellationToken);
        })
        .AddJsonProtocol(json => json.PayloadSerializerOptions.TypeInfoResolverChain.Insert(0, AgentJson.Default))
        .WithServerTimeout(Silence)
        .Build();
}
