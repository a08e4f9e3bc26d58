using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;

namespace Hoop.Cli.Agent.Channel;

/// <summary>
/// SignalR over one direct WebSocket, without the negotiate request. It does not reconnect: each connection is a new one, with the
/// credential of the moment.
/// </summary>
internal static class HubChannel
{
    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(1);

    public static HubConnection Create(Uri address, string credential) => new HubConnectionBuilder()
        .WithUrl(address, connection =>
        {
            connection.SkipNegotiation = true;
            connection.Transports = HttpTransportType.WebSockets;
            connection.CloseTimeout = CloseTimeout;
            connection.WebSocketFactory = async (_, cancellationToken) => await AgentSocket.Connect(address, credential, cancellationToken);
        })
        .Build();
}
