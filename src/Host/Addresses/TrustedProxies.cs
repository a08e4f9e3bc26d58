using System.Net;
using System.Net.Sockets;
using Hoop.Shared.Configuration;
using Hoop.Shared.Http;
using Microsoft.AspNetCore.HttpOverrides;
using IPNetwork = System.Net.IPNetwork;

namespace Hoop.Host.Addresses;

/// <summary>
/// The proxies in front of the gateway (<c>HOOP_TRUSTED_PROXIES</c>): from them, and from nobody else, <c>X-Forwarded-For</c> and
/// <c>X-Forwarded-Proto</c> are believed. <c>X-Forwarded-Host</c> is not read at all: the gateway's address is a setting
/// (<see cref="PublicAddress"/>).
/// </summary>
internal sealed record TrustedProxies(IReadOnlyList<IPNetwork> Networks)
{
    public const string Variable = "HOOP_TRUSTED_PROXIES";

    /// <exception cref="ConfigurationException">An item is neither an address nor a network.</exception>
    public static TrustedProxies From(IConfiguration configuration) => new([.. configuration.TextList(Variable).Select(Parse)]);

    public bool Holds(IPAddress? address) =>
        address is not null && Networks.Any(network => network.Contains(RequestOrigin.Unmapped(address)));

    /// <summary>With an empty list the framework would believe everybody, so that there must be no middleware at all.</summary>
    public void Use(WebApplication app)
    {
        if (Networks.Count > 0)
        {
            var options =
                new ForwardedHeadersOptions
                {
                    ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
                    ForwardLimit = null
                };
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            foreach (var network in Networks)
            {
                options.KnownIPNetworks.Add(network);
            }

            app.UseForwardedHeaders(options);
        }

        app.UseMiddleware<ProxyHint>(this);
    }

    // IPAddress.Parse takes "1" and "0x7f.1" as well; an address has one spelling here, or an operator trusts another machine than it
    // thinks.
    private static IPNetwork Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length <= 2
            && IPAddress.TryParse(parts[0], out var address)
            && !address.IsIPv4MappedToIPv6
            && (address.AddressFamily == AddressFamily.InterNetworkV6 || address.ToString() == parts[0]))
        {
            if (parts.Length == 1)
            {
                return new IPNetwork(address, address.GetAddressBytes().Length * 8);
            }

            // Host bits that are set (10.0.0.1/8) leave open which of the two was meant.
            if (IPNetwork.TryParse(text, out var network) && network.BaseAddress.Equals(address))
            {
                return network.PrefixLength > 0
                    ? network
                    : throw new ConfigurationException(Variable, $"{text} would trust everybody; name the proxies in front of the gateway");
            }
        }

        throw new ConfigurationException(
            Variable,
            $"\"{Hoop.Shared.Text.Printable.Line(text, 60)}\" is not an address such as 10.0.0.7, nor a network such as 10.0.0.0/8 (its first address, a slash, its prefix length)");
    }
}

/// <summary>
/// Tells the operator once, by name, of a proxy that is not trusted: without it, every log line shows the proxy's address and nobody
/// knows why.
/// </summary>
internal sealed class ProxyHint(RequestDelegate next, ILogger<ProxyHint> logger, TrustedProxies proxies)
{
    private static readonly string[] Forwarding = ["X-Forwarded-For", "Forwarded", "X-Real-IP"];

    private int _told;

    public Task InvokeAsync(HttpContext context)
    {
        // The middleware leaves X-Original-For where it believed somebody; what is left then is the client's own, and of no interest.
        if (Volatile.Read(ref _told) == 0
            && Forwarding.FirstOrDefault(context.Request.Headers.ContainsKey) is { } header
            && !context.Request.Headers.ContainsKey("X-Original-For")
            && !proxies.Holds(context.Connection.RemoteIpAddress)
            && Interlocked.Exchange(ref _told, 1) == 0)
        {
            logger.LogWarning(
                "{Header} of {Proxy} is ignored, because HOOP_TRUSTED_PROXIES does not name that address; if it is your proxy, add it, or all who come through it share the limit of one address for bad tokens (told once)",
                header,
                RequestOrigin.AddressOf(context) ?? "a client without an address");
        }

        return next(context);
    }
}
