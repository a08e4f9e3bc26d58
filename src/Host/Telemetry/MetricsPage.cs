using Hoop.Host.Startup;
using OpenTelemetry.Metrics;

namespace Hoop.Host.Telemetry;

/// <summary>
/// <c>/metrics</c> for Prometheus, on the address of <c>HOOP_METRICS_LISTEN</c> and nowhere else; nothing else is served there. Without
/// the setting there is no such page: the numbers tell strangers who calls and how often.
/// </summary>
internal static class MetricsPage
{
    public const string Path = "/metrics";

    /// <summary>First in the pipeline: the page asks nobody who they are, and writes no line.</summary>
    public static void UseMetricsPage(this WebApplication app)
    {
        if (app.Services.GetRequiredService<GatewayOptions>().MetricsListen is not { Port: var port })
        {
            return;
        }

        app.UseOpenTelemetryPrometheusScrapingEndpoint(context => context.Connection.LocalPort == port && context.Request.Path == Path);
        app.Use((context, next) =>
        {
            if (context.Connection.LocalPort != port)
            {
                return next(context);
            }

            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return context.Response.WriteAsync($"only {Path} is served here\n", context.RequestAborted);
        });
    }

    /// <summary>
    /// What a caller or a tenant chooses is no label: each value would be a series of its own. The hosts that tenants name (bundles, key
    /// sets) are left out; routes are templates and methods a closed list already.
    /// </summary>
    public static MeterProviderBuilder AddBoundedViews(this MeterProviderBuilder metrics) => metrics.AddView(
        "http.client.*",
        new MetricStreamConfiguration { TagKeys = ["http.request.method", "http.response.status_code", "error.type"] });
}
