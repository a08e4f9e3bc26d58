using Hoop.Shared.Configuration;

namespace Hoop.Host.Startup;

/// <summary>What the host itself needs to know; each module reads its own part.</summary>
internal sealed record GatewayOptions(Uri Listen, string DataDirectory, string? DatabaseUrl, string? AdminToken, bool JsonLogs, Serilog.Events.LogEventLevel LogLevel)
{
    public static GatewayOptions From(IConfiguration configuration) => new(
        ParseListen(configuration.Text("HOOP_LISTEN") ?? "http://127.0.0.1:8009"),
        configuration.DataDirectory(),
        configuration.Text("HOOP_DATABASE_URL"),
        ParseAdminToken(configuration.Text("HOOP_ADMIN_TOKEN")),
        (configuration.Text("HOOP_LOG_FORMAT") ?? "text") switch
        {
            "text" => false,
            "json" => true,
            _ => throw new ConfigurationException("HOOP_LOG_FORMAT", "must be text or json"),
        },
        (configuration.Text("HOOP_LOG_LEVEL") ?? "information") switch
        {
            "trace" => Serilog.Events.LogEventLevel.Verbose,
            "debug" => Serilog.Events.LogEventLevel.Debug,
            "information" => Serilog.Events.LogEventLevel.Information,
            "warning" => Serilog.Events.LogEventLevel.Warning,
            "error" => Serilog.Events.LogEventLevel.Error,
            _ => throw new ConfigurationException("HOOP_LOG_LEVEL", "must be one of trace, debug, information, warning, error"),
        });

    private static Uri ParseListen(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme is "http" && address.AbsolutePath == "/" && address.Query.Length == 0
            ? address
            : throw new ConfigurationException("HOOP_LISTEN", "must be an address such as http://127.0.0.1:8009 (put a TLS proxy in front for https)");

    // A token in the shape of a JWT would be taken for one, and a short one can be guessed.
    private static string? ParseAdminToken(string? token) => token switch
    {
        null => null,
        { Length: < 16 } => throw new ConfigurationException("HOOP_ADMIN_TOKEN", "must have at least 16 characters"),
        _ when token.Any(character => character is <= ' ' or > '~') => throw new ConfigurationException("HOOP_ADMIN_TOKEN", "must be printable ASCII without blanks"),
        _ when token.Count(character => character == '.') == 2 => throw new ConfigurationException("HOOP_ADMIN_TOKEN", "must not look like a JWT (two dots)"),
        _ => token,
    };
}
