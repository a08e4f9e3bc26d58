using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace Hoop.Cli.Agent.Channel;

/// <summary>Builds a hub connection over <see cref="WebSocketConnectionFactory"/>. It does not reconnect: each connection is a new one, with the credential of the moment.</summary>
internal static class HubChannel
{
    public static HubConnection Create(Uri address, string credential)
    {
        var builder = new HubConnectionBuilder();
        builder.Services.AddSingleton<EndPoint>(new UriEndPoint(address));
        builder.Services.AddSingleton<IConnectionFactory>(new WebSocketConnectionFactory(() => credential));
        return builder.Build();
    }
}
