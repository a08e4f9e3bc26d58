using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace Hoop.Testing;

/// <summary>
/// Stands between a gateway and PostgreSQL. It can swallow packets, as a network does whose cable was pulled: nothing arrives and no
/// connection ends. And it can cut a connection at a marked statement, before the server has it or after the server has answered.
/// </summary>
public sealed class DatabaseProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly NpgsqlConnectionStringBuilder _target;
    private readonly ConcurrentBag<Socket> _sockets = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;
    private volatile bool _swallows;
    private volatile Cut? _cut;

    private DatabaseProxy(NpgsqlConnectionStringBuilder target)
    {
        _target = target;
        _listener.Start();
        _accepting = Accept();
    }

    /// <summary>The database through this proxy.</summary>
    public NpgsqlConnectionStringBuilder Connection => new(_target.ConnectionString)
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port,
    };

    public static DatabaseProxy To(NpgsqlConnectionStringBuilder target) => new(target);

    /// <summary>From now on nothing passes, in no direction, also on new connections.</summary>
    public void Swallow() => _swallows = true;

    /// <summary>New connections pass again. Those of before have lost packets and end.</summary>
    public void Heal()
    {
        _swallows = false;
        foreach (var socket in _sockets)
        {
            socket.Dispose();
        }
    }

    /// <summary>Ends the next connection whose client sends <paramref name="mark"/>.</summary>
    /// <param name="mark">ASCII.</param>
    /// <param name="answered">True: the server gets it, and its answer does not arrive.</param>
    public void CutAt(string mark, bool answered) => _cut = new Cut(Encoding.ASCII.GetBytes(mark), answered);

    public async ValueTask DisposeAsync()
    {
        // The listener last: whoever asks a stopped one for the next connection is told so by an exception of its own.
        await _stop.CancelAsync();
        await _accepting;
        _listener.Stop();
        Heal();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                var server = _target.Host!.StartsWith('/')
                    ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                    : new Socket(SocketType.Stream, ProtocolType.Tcp);
                await (_target.Host.StartsWith('/')
                    ? server.ConnectAsync(new UnixDomainSocketEndPoint($"{_target.Host}/.s.PGSQL.{_target.Port}"), _stop.Token)
                    : server.ConnectAsync(_target.Host, _target.Port, _stop.Token));
                _sockets.Add(client);
                _sockets.Add(server);
                var link = new Link(client, server);
                _ = Pass(link, client, server);
                _ = Pass(link, server, client);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task Pass(Link link, Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, SocketFlags.None) is > 0 and var count)
            {
                if (_swallows)
                {
                    continue;
                }

                if (from == link.Client && _cut is { } cut && buffer.AsSpan(0, count).IndexOf(cut.Mark) >= 0)
                {
                    _cut = null;
                    if (!cut.Answered)
                    {
                        return;
                    }

                    link.IsCutAtAnswer = true;
                }
                else if (from == link.Server && link.IsCutAtAnswer)
                {
                    return;
                }

                await to.SendAsync(buffer.AsMemory(0, count), SocketFlags.None);
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // One side is gone, and so is the other.
        }
        finally
        {
            if (!_swallows)
            {
                link.Client.Dispose();
                link.Server.Dispose();
            }
        }
    }

    private sealed record Cut(byte[] Mark, bool Answered);

    private sealed class Link(Socket client, Socket server)
    {
        public Socket Client => client;

        public Socket Server => server;

        public volatile bool IsCutAtAnswer;
    }
}
