using System.Net.Sockets;
using System.Text;

namespace Hoop.Host.Tests;

/// <summary>Sends what no client library would send, and reads what comes back until the other side closes.</summary>
internal static class RawHttp
{
    /// <param name="address">The gateway.</param>
    /// <param name="request">All of it; <c>\n</c> becomes CRLF.</param>
    public static Task<string> Send(Uri address, string request) =>
        SendExactly(address, Encoding.Latin1.GetBytes(request.ReplaceLineEndings("\r\n")));

    public static async Task<string> SendExactly(Uri address, byte[] request)
    {
        using var client = new TcpClient();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await client.ConnectAsync(address.Host, address.Port, limit.Token);
        await using var stream = client.GetStream();
        await stream.WriteAsync(request, limit.Token);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, limit.Token);
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    public static int StatusOf(string answer) =>
        answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal)
            ? int.Parse(answer.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture)
            : 0;
}
