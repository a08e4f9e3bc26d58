using System.Net.Sockets;
using System.Text;

namespace Hoop.Host.Tests.Allocations;

/// <summary>Sends one request after the other over one connection, and allocates nothing while it does.</summary>
internal sealed class OneConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _received = new byte[64 * 1024];

    public OneConnection(Uri address) => _socket.Connect(address.Host, address.Port);

    /// <summary>The whole answer to the last request.</summary>
    public string Last { get; private set; } = "";

    public static byte[] Get(string path, string token) => Encoding.ASCII.GetBytes(
        $"GET {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n");

    public static byte[] Post(string path, string token, string body) => Encoding.ASCII.GetBytes(
        $"POST {path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"
        + $"Content-Length: {body.Length}\r\n\r\n{body}");

    /// <summary>Bytes that this process allocates for one request, after it has done many.</summary>
    public long BytesOfOne(byte[] request, int warmUp, int measured)
    {
        Repeat(request, warmUp);
        var before = GC.GetTotalAllocatedBytes(precise: true);
        var length = Repeat(request, measured);
        var bytes = (GC.GetTotalAllocatedBytes(precise: true) - before) / measured;
        Last = Encoding.UTF8.GetString(_received, 0, length);
        return bytes;
    }

    public void Dispose() => _socket.Dispose();

    private int Repeat(byte[] request, int times)
    {
        var length = 0;
        for (var i = 0; i < times; i++)
        {
            _socket.Send(request);
            length = Receive();
        }

        return length;
    }

    // The answers have a length.
    private int Receive()
    {
        var (length, whole) = (0, int.MaxValue);
        while (length < whole)
        {
            var read = _socket.Receive(_received.AsSpan(length));
            length = read > 0 ? length + read : throw new IOException("The gateway closed the connection.");
            var answer = _received.AsSpan(0, length);
            if (whole == int.MaxValue && answer.IndexOf("\r\n\r\n"u8) is >= 0 and var head)
            {
                var value = answer[(answer.IndexOf("Content-Length: "u8) + "Content-Length: ".Length)..];
                whole = System.Buffers.Text.Utf8Parser.TryParse(value, out int body, out _)
                    ? head + 4 + body
                    : throw new IOException("The answer has no length.");
            }
        }

        return length;
    }
}
