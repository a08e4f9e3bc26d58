using System.Globalization;
using Hoop.Shared.Configuration;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;

namespace Hoop.Shared.Http;

/// <summary>
/// The address that agents and people use for this gateway: <c>HOOP_PUBLIC_URL</c>, else the one it listens on. Never the request's
/// <c>Host</c>: whoever calls chooses that, and behind a proxy that ends TLS its scheme would be wrong too.
/// </summary>
/// <param name="configured">Null when the operator named none.</param>
/// <param name="server">Knows the address after the start, also when the port was chosen by the system; null in a process without a
/// server.</param>
public sealed class PublicAddress(Uri? configured, IServer? server)
{
    public const string Variable = "HOOP_PUBLIC_URL";

    private const string Default = "http://127.0.0.1:8009";

    public bool IsConfigured => configured is not null;

    /// <summary>Scheme and authority, and nothing behind them.</summary>
    public Uri Value => configured ?? Reachable(server?.Features.Get<IServerAddressesFeature>()?.Addresses.FirstOrDefault() ?? Default);

    /// <summary>As clients join paths to it: without a slash at its end.</summary>
    public string Text => Value.GetLeftPart(UriPartial.Authority);

    /// <exception cref="ConfigurationException">It is not the address of a host.</exception>
    public static Uri? From(IConfiguration configuration)
    {
        if (configuration.Text(Variable) is not { } text)
        {
            return null;
        }

        // Agents dial paths below it, and its parts go into their keys: nothing but scheme, host and port has a place there.
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address)
            || address.Scheme is not ("http" or "https")
            || address.UserInfo.Length > 0
            || address.PathAndQuery != "/"
            || address.Fragment.Length > 0
            || HostOf(address) is not { } host)
        {
            throw new ConfigurationException(
                Variable, "must be the scheme, host and port that agents and people use, such as https://hoop.example.com, without a path");
        }

        return new UriBuilder(address.Scheme, host, address.IsDefaultPort ? -1 : address.Port).Uri;
    }

    // ASCII, as it goes over the wire. The framework checks the labels of a name no sooner than somebody turns them into Unicode again.
    private static string? HostOf(Uri address)
    {
        try
        {
            var host = address.IdnHost;
            return Uri.CheckHostName(host) != UriHostNameType.Unknown && new IdnMapping().GetUnicode(host).Length > 0 ? host : null;
        }
        catch (Exception exception) when (exception is UriFormatException or ArgumentException)
        {
            return null;
        }
    }

    // "Any address" is none that somebody could dial; the name of the machine is the best guess, and HOOP_PUBLIC_URL the answer.
    private static Uri Reachable(string listening)
    {
        var address = new Uri(
            listening.Replace("//*", "//0.0.0.0", StringComparison.Ordinal).Replace("//+", "//0.0.0.0", StringComparison.Ordinal));
        return address.IdnHost is "0.0.0.0" or "::"
            ? new Uri(string.Create(CultureInfo.InvariantCulture, $"{address.Scheme}://{Environment.MachineName}:{address.Port}"))
            : address;
    }
}
