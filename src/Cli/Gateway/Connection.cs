using System.Globalization;
using Hoop.Cli.Configuration;
using Hoop.Client;
using Hoop.Client.Wire;

namespace Hoop.Cli.Gateway;

/// <summary>How this client speaks to a gateway: what Hoop.Client does, to the address and with the trust of the settings.</summary>
internal static class Connection
{
    /// <summary>One client for all requests to an address.</summary>
    public static HttpClient Open(Settings settings, TimeSpan patience) => HoopHttp.Open(Options(settings, patience, debug: null));

    /// <summary>For connections that are no requests, too.</summary>
    public static SocketsHttpHandler Handler(Settings settings) => HoopHttp.Handler(Options(settings, TimeSpan.Zero, debug: null));

    /// <param name="settings">Which gateway.</param>
    /// <param name="patience">How long to wait for an answer.</param>
    /// <param name="debug">Is told each request and its status.</param>
    public static HoopClientOptions Options(Settings settings, TimeSpan patience, Action<string>? debug) => new(settings.ApiUrl)
    {
        Timeout = patience,
        Authorities = settings.Authorities,
        SkipTlsVerify = settings.SkipTlsVerify,
        Program = "hoopcli",
        ProgramVersion = HoopCommand.Version,
        Told = debug is null ? null : exchange => debug(string.Create(
            CultureInfo.InvariantCulture,
            $"debug: {exchange.Method} {exchange.Address} -> {exchange.Status}, {exchange.Length} characters, "
                + $"{exchange.Took.TotalMilliseconds:F0} ms")),
    };
}
