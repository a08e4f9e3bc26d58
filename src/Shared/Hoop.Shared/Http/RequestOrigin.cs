using System.Net;
using Hoop.Shared.Text;
using Microsoft.AspNetCore.Http;

namespace Hoop.Shared.Http;

/// <summary>
/// Where the current request came from, for the log and the audit trail. Behind proxies that the operator trusts it is the client,
/// else whoever connected.
/// </summary>
public sealed class RequestOrigin(IHttpContextAccessor http)
{
    private const int MaxUserAgent = 200;

    /// <summary>Null in background work, and on a transport without addresses.</summary>
    public string? Address => AddressOf(http.HttpContext);

    /// <summary>What the client says of itself, printable and cut; null when it says nothing.</summary>
    public string? UserAgent => UserAgentOf(http.HttpContext);

    public static string? AddressOf(HttpContext? context) =>
        context?.Connection.RemoteIpAddress is { } address ? Unmapped(address).ToString() : null;

    public static string? UserAgentOf(HttpContext? context) =>
        context?.Request.Headers.UserAgent.ToString() is { Length: > 0 } agent ? Printable.Line(agent, MaxUserAgent) : null;

    /// <summary>One spelling for one address: a socket for both families shows an IPv4 client as <c>::ffff:192.0.2.1</c>.</summary>
    public static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
