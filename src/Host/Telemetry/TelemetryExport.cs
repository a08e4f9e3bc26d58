using Hoop.Shared.Configuration;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Hoop.Host.Telemetry;

/// <summary>
/// Sends traces and metrics by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, and keeps metrics for <see cref="MetricsPage"/>
/// when <c>HOOP_METRICS_LISTEN</c> is; otherwise nothing is collected. The other
/// <c>OTEL_*</c> variables of the standard count as their specification says; only the default of the protocol is the newer one,
/// http/protobuf.
/// </summary>
internal static class TelemetryExport
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private const string Protocol = "OTEL_EXPORTER_OTLP_PROTOCOL";

    /// <exception cref="ConfigurationException">The endpoint is not an http or https address.</exception>
    public static void AddHoopTelemetry(this WebApplicationBuilder builder)
    {
        var scraped = builder.Configuration.Text("HOOP_METRICS_LISTEN") is not null;
        if (builder.Configuration.Text(Endpoint) is not { } text)
        {
            if (scraped)
            {
                builder.Services.AddOpenTelemetry().ConfigureResource(Describe).WithMetrics(metrics => Measure(metrics, scraped));
            }

            return;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var collector) || collector.Scheme is not ("http" or "https"))
        {
            throw new ConfigurationException(Endpoint, "must be the address of an OTLP collector, such as http://127.0.0.1:4318");
        }

        builder.Configuration[Protocol] = builder.Configuration.Text(Protocol) switch
        {
            null or "http/protobuf" => "http/protobuf",
            "grpc" => "grpc",
            _ => throw new ConfigurationException(Protocol, "must be http/protobuf or grpc"),
        };
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(Describe)
            .WithTracing(traces => traces
                .AddSource("Hoop")
                .AddAspNetCoreInstrumentation(requests => requests.Filter = IsWorthATrace)
                .AddHttpClientInstrumentation()
                .AddNpgsql())
            .WithMetrics(metrics => Measure(metrics, scraped))
            .UseOtlpExporter();
    }

    // Last the environment, so that OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win over the name given here.
    private static void Describe(ResourceBuilder resource) => resource.Clear()
        .AddService("hoop-gateway", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version!.ToString(3))
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    private static void Measure(MeterProviderBuilder metrics, bool scraped)
    {
        metrics.AddMeter("Hoop*", "Npgsql", "System.Runtime").AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddBoundedViews();
        if (scraped)
        {
            metrics.AddPrometheusExporter(page => page.ScrapeResponseCacheDurationMilliseconds = 0);
        }
    }

    // Asked before routing, so that only the path tells.
    private static bool IsWorthATrace(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/healthz", StringComparison.Ordinal)
        && !context.Request.Path.StartsWithSegments("/v1/sys/health", StringComparison.Ordinal);
}
