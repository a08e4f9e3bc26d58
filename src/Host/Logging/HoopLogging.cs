using Hoop.Host.Authentication;
using Hoop.Host.Startup;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace Hoop.Host.Logging;

/// <summary>Serilog to the console: text for people, JSON with <c>HOOP_LOG_FORMAT=json</c>.</summary>
internal static class HoopLogging
{
    private const string TextTemplate = "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static void AddHoopLogging(this ILoggingBuilder logging, GatewayOptions options)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(options.LogLevel)
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("System", LogEventLevel.Warning)
            .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
            // Of each refused request the module that refused tells the reason, and the request has its line.
            .MinimumLevel.Override(typeof(HoopAuthentication).FullName!, LogEventLevel.Warning)
            .Enrich.FromLogContext();
        configuration = options.JsonLogs
            ? configuration.WriteTo.Console(new JsonFormatter(renderMessage: true))
            : configuration.WriteTo.Console(outputTemplate: TextTemplate, formatProvider: System.Globalization.CultureInfo.InvariantCulture);
        logging.AddSerilog(configuration.CreateLogger(), dispose: true);
    }
}
