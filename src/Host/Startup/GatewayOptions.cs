using Hoop.Shared.Configuration;
using Serilog.Events;

namespace Hoop.Host.Startup;

/// <summary>What the host itself needs to know; each module reads its own part.</summary>
internal sealed record GatewayOptions(Uri Listen, string DataDirectory, bool JsonLogs, LogEventLevel LogLevel)
{
    private const string DefaultListen = "http://127.0.0.1:8009";

    public string? DatabaseUrl { get; private init; }

    /// <summary>Where <c>/metrics</c> is served, an address of its own; null: nowhere.</summary>
    public Uri? MetricsListen { get; private init; }

    public IEnumerable<Uri> Addresses => MetricsListen is null ? [Listen] : [Listen, MetricsListen];

    /// <summary>How long a gateway that was told to stop says «not ready» and serves on, so that load balancers see it first.</summary>
    public TimeSpan ShutdownDelay { get; private init; }

    /// <summary>The server itself, for listening, where <see cref="DatabaseUrl"/> leads through a pooler.</summary>
    public string? DatabaseListenUrl { get; private init; }

    public string? AdminToken { get; private init; }

    /// <exception cref="ConfigurationException">A variable is wrong.</exception>
    public static GatewayOptions From(IConfiguration configuration) => new(
        ParseAddress("HOOP_LISTEN", configuration.Text("HOOP_LISTEN") ?? DefaultListen),
        configuration.DataDirectory(),
        (configuration.Text("HOOP_LOG_FORMAT") ?? "text") switch
        {
            "text" => false,
            "json" => true,
            _ => throw new ConfigurationException("HOOP_LOG_FORMAT", "must be text or json"),
        },
        (configuration.Text("HOOP_LOG_LEVEL") ?? "information").ToLowerInvariant() switch
        {
            "trace" => LogEventLevel.Verbose,
            "debug" => LogEventLevel.Debug,
            "information" or "info" => LogEventLevel.Information,
            "warning" or "warn" => LogEventLevel.Warning,
            "error" => LogEventLevel.Error,
            _ =>
                throw new ConfigurationException(
                    "HOOP_LOG_LEVEL", "must be one of trace, debug, information (info), warning (warn), error"),
        })
    {
        DatabaseUrl = configuration.Secret("HOOP_DATABASE_URL"),
        MetricsListen = configuration.Text("HOOP_METRICS_LISTEN") is { } metrics
            ? Apart(ParseAddress("HOOP_METRICS_LISTEN", metrics), configuration.Text("HOOP_LISTEN"))
            : null,
        ShutdownDelay = configuration.Duration("HOOP_SHUTDOWN_DELAY", TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromMinutes(5)),
        DatabaseListenUrl = configuration.Secret("HOOP_DATABASE_LISTEN_URL"),
        AdminToken = configuration.Secret("HOOP_ADMIN_TOKEN") is { } token ? OperatorTokenText.Check(token, "HOOP_ADMIN_TOKEN") : null,
    };

    // The page is told from everything else by the port that a request came in on.
    private static Uri Apart(Uri metrics, string? listen) => metrics.Port != 0 && metrics.Port != new Uri(listen ?? DefaultListen).Port
        ? metrics
        : throw new ConfigurationException("HOOP_METRICS_LISTEN", "must name a port of its own, another one than HOOP_LISTEN");

    private static Uri ParseAddress(string setting, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
            && address.Scheme is "http"
            && address.PathAndQuery == "/"
            && ListenSockets.AddressOf(address) is not null
            ? address
            : throw new ConfigurationException(
                setting,
                "must be http:// with an IP address, or localhost, and a port, such as http://127.0.0.1:8009 (put a TLS proxy in front for https)");

    /// <summary>Neither tokens nor addresses with passwords.</summary>
    public override string ToString() => $"{nameof(GatewayOptions)} {{ Listen = {Listen}, DataDirectory = {DataDirectory} }}";
}
