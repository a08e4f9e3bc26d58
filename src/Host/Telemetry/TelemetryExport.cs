using Hoop.Shared.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Hoop.Host.Telemetry;

/// <summary>Sends traces and metrics by OTLP (http/protobuf) when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; otherwise nothing is collected.</summary>
internal static class TelemetryExport
{
    private const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <exception cref="ConfigurationException">The endpoint is not an http or https address.</exception>
    public static IServiceCollection AddHoopTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (configuration.Text(Variable) is not { } text)
        {
            return services;
        }

        if (!Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var collector) || collector.Scheme is not ("http" or "https"))
        {
            throw new ConfigurationException(Variable, "must be the address of an OTLP collector that takes http/protobuf, such as http://127.0.0.1:4318");
        }

        return services.AddHostedService(_ => new Exporters(collector));
    }

    /// <summary>Lives as long as the gateway; what was not sent yet is sent at the end.</summary>
    private sealed class Exporters(Uri collector) : IHostedService, IDisposable
    {
        private const int FlushMilliseconds = 3_000;

        private TracerProvider? _traces;
        private MeterProvider? _metrics;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            var resource = ResourceBuilder.CreateDefault().AddService("hoop-gateway", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version!.ToString(3));
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .SetSampler(new QuietSampler(new ParentBasedSampler(new AlwaysOnSampler())))
                .AddSource("Hoop", "Microsoft.AspNetCore", "System.Net.Http", "Npgsql")
                .AddOtlpExporter(exporter => To(exporter, "v1/traces"))
                .Build();
            _metrics = Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddMeter("Hoop*", "Microsoft.AspNetCore.Hosting", "Npgsql", "System.Runtime")
                .AddOtlpExporter(exporter => To(exporter, "v1/metrics"))
                .Build();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            _traces?.ForceFlush(FlushMilliseconds);
            _metrics?.ForceFlush(FlushMilliseconds);
            return Task.CompletedTask;
        }

        public void Dispose()
        {
            _traces?.Dispose();
            _metrics?.Dispose();
        }

        private void To(OtlpExporterOptions exporter, string path) => (exporter.Protocol, exporter.Endpoint) = (OtlpExportProtocol.HttpProtobuf, new Uri(collector, path));
    }

    /// <summary>Leaves out the exporter's own requests, which would otherwise be traced, exported, and traced again.</summary>
    private sealed class QuietSampler(Sampler inner) : Sampler
    {
        public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
            Sdk.SuppressInstrumentation ? new SamplingResult(SamplingDecision.Drop) : inner.ShouldSample(samplingParameters);
    }
}
