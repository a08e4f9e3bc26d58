using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hoop.Bench;

/// <summary>
/// Load at a fixed rate, whatever the answers take: a request that could not be sent in time, because all connections were busy, counts
/// from when it was due. So a standstill shows in every request that it held up, which a closed loop hides.
/// </summary>
internal static class OpenLoop
{
    private const int Connections = 64;

    internal sealed record Outcome(double Rate, IReadOnlyList<double> Milliseconds, long Errors);

    public static async Task<Outcome> Run(
        Uri address, IReadOnlyList<BenchRequest> requests, double rate, int seconds, CancellationToken cancellationToken)
    {
        var all = requests.Select(request => Bytes(address, request)).ToArray();
        var (start, total, ticket, errors) = (Stopwatch.GetTimestamp(), (long)(rate * seconds), -1L, 0L);
        var ticks = Stopwatch.Frequency / rate;
        var times = await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(Work, cancellationToken)));
        var took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Outcome(total / took, [.. times.SelectMany(time => time)], errors);

        async Task<List<double>> Work()
        {
            var mine = new List<double>();
            using var connection = await Connection.To(address, cancellationToken);
            while (Interlocked.Increment(ref ticket) is var number && number < total)
            {
                var due = start + (long)(number * ticks);
                var begun = due;
                while (Stopwatch.GetTimestamp() < due)
                {
                    // The timer's own delay is not the gateway's.
                    await Task.Delay(1, cancellationToken);
                    begun = Stopwatch.GetTimestamp();
                }

                if (!await connection.Ask(all[number % all.Length], cancellationToken))
                {
                    Interlocked.Increment(ref errors);
                }

                mine.Add(Stopwatch.GetElapsedTime(Math.Max(begun, due)).TotalMilliseconds);
            }

            return mine;
        }
    }

    private static byte[] Bytes(Uri address, BenchRequest request)
    {
        var head = new StringBuilder($"{request.Method} {request.Path} HTTP/1.1\r\nHost: {address.Authority}\r\n");
        head.Append(request.Token is null ? "" : $"Authorization: Bearer {request.Token}\r\n");
        var body = request.Body.Replace(BenchRequest.Unique, Guid.NewGuid().ToString("N"), StringComparison.Ordinal);
        head.Append(body.Length == 0 ? "" : $"Content-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n");
        return Encoding.UTF8.GetBytes($"{head}\r\n{body}");
    }

    /// <summary>One request at a time over one socket; reads as much of HTTP/1.1 as the gateway writes.</summary>
    private sealed class Connection(Socket socket) : IDisposable
    {
        private readonly byte[] _buffer = new byte[64 * 1024];

        public static async Task<Connection> To(Uri address, CancellationToken cancellationToken)
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, address.Port), cancellationToken);
            return new Connection(socket);
        }

        /// <summary>True when the answer was a good one.</summary>
        public async ValueTask<bool> Ask(byte[] request, CancellationToken cancellationToken)
        {
            await socket.SendAsync(request, SocketFlags.None, cancellationToken);
            var length = 0;
            while (!IsWhole(_buffer.AsSpan(0, length)))
            {
                var read = await socket.ReceiveAsync(_buffer.AsMemory(length), SocketFlags.None, cancellationToken);
                length += read > 0 ? read : throw new BenchException("the gateway closed a connection");
            }

            return _buffer.AsSpan(0, length).StartsWith("HTTP/1.1 2"u8);
        }

        public void Dispose() => socket.Dispose();

        private static bool IsWhole(ReadOnlySpan<byte> answer)
        {
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0)
            {
                return false;
            }

            var at = answer[..head].IndexOf("Content-Length: "u8);
            return at < 0
                ? answer[..head].IndexOf("chunked"u8) < 0 || answer.EndsWith("0\r\n\r\n"u8)
                : Utf8Parser.TryParse(answer[(at + 16)..], out int length, out _) && answer.Length >= head + 4 + length;
        }
    }
}

internal static class Percentiles
{
    /// <param name="part">0 to 1.</param>
    public static double Of(IEnumerable<double> values, double part)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(part * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
