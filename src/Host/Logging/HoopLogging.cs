using Hoop.Host.Startup;
using Serilog;
using Serilog.Events;
using Serilog.Formatting;

namespace Hoop.Host.Logging;

/// <summary>
/// Serilog to the console: text for people, JSON with <c>HOOP_LOG_FORMAT=json</c>. One event is one line of printable text.
/// </summary>
internal static class HoopLogging
{
    /// <summary>
    /// For the gateway: its log, and what <see cref="RequestLog"/> stands on. Providers that are added later are served as well.
    /// </summary>
    public static IServiceCollection AddHoopLogging(this IServiceCollection services, GatewayOptions options) =>
        services.AddSerilog((_, log) => Configure(log, options), preserveStaticLogger: true, writeToProviders: true);

    /// <summary>For what happens before there is a gateway.</summary>
    public static void AddHoopLogging(this ILoggingBuilder logging, GatewayOptions options) =>
        logging.AddSerilog(Configure(new LoggerConfiguration(), options).CreateLogger(), dispose: true);

    private static LoggerConfiguration Configure(LoggerConfiguration log, GatewayOptions options) => log
        .MinimumLevel.Is(options.LogLevel)
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("System", LogEventLevel.Warning)
        .MinimumLevel.Override("Npgsql", LogEventLevel.Warning)
        // Its logger being on makes the host begin a trace and a scope for each request; RequestLog begins one where it is told of.
        .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
        .Enrich.FromLogContext()
        .WriteTo.Console(FormatterOf(options));

    private static ITextFormatter FormatterOf(GatewayOptions options) => options.JsonLogs ? new JsonLines() : new TextLines();
}
