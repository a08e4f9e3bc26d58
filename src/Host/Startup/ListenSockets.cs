using System.Net;
using System.Net.Sockets;
using Hoop.Shared.Configuration;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Hoop.Host.Startup;

/// <summary>
/// Takes the gateway's address before anything else runs, and hands it to Kestrel. Kestrel itself binds last, when every background service
/// is at work already; a taken port would tear all of them down again, each with a stack trace of its own.
/// </summary>
internal sealed class ListenSockets : IDisposable
{
    private readonly Dictionary<string, Socket> _bound = new(StringComparer.Ordinal);

    /// <param name="listen">Address and port.</param>
    /// <param name="setting">Names the setting in the error.</param>
    /// <exception cref="ConfigurationException">The address is taken, or not this machine's.</exception>
    public void Bind(Uri listen, string setting)
    {
        var address = new IPEndPoint(AddressOf(listen)!, listen.Port);
        try
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
            _bound[address.ToString()] = socket;

            // Two sockets may be bound to one address as long as neither listens.
            socket.Listen();
        }
        catch (SocketException exception) when (exception.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new ConfigurationException(
                setting, $"the address {listen.Authority} is already in use; stop what uses it or name another one");
        }
        catch (SocketException exception)
        {
            throw new ConfigurationException(setting, $"cannot listen on {listen.Authority}: {exception.Message}");
        }
    }

    /// <summary>For Kestrel: the socket that was bound, or a new one.</summary>
    public Socket Take(EndPoint endpoint) =>
        _bound.Remove(endpoint.ToString()!, out var socket) ? socket : SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);

    public void Dispose()
    {
        foreach (var socket in _bound.Values)
        {
            socket.Dispose();
        }
    }

    /// <summary>Null for a name: Kestrel would listen on every interface for it.</summary>
    public static IPAddress? AddressOf(Uri listen) =>
        listen.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(listen.Host.Trim('[', ']'), out var address) ? address : null;
}
