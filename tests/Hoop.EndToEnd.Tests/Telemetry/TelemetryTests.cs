using System.Collections.Concurrent;
using Hoop.Shared.Configuration;
using Hoop.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Telemetry;

public sealed class TelemetryTests
{
    [Test]
    public async Task Traces_and_metrics_reach_the_collector_at_the_latest_when_the_gateway_stops()
    {
        var received = new ConcurrentDictionary<string, long>();
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var collector = builder.Build();
        collector.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.AddOrUpdate(signal, body.Length, (_, sum) => sum + body.Length);
        });
        await collector.StartAsync();

        await using (var gateway = await TestGateway.Start(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Urls.First() }))
        {
            await gateway.Operator.Get("/api/agents");
        }

        Assert.That(received.Keys, Is.SupersetOf(new[] { "traces", "metrics" }));
        Assert.That(received.Values, Has.All.GreaterThan(100));
    }

    [Test]
    public async Task An_endpoint_that_is_no_address_stops_the_start()
    {
        var refused = await Assert.ThrowsAsync<ConfigurationException>(
            () => TestGateway.Start(new() { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "collector:4317" }));

        Assert.That(refused.Variable, Is.EqualTo("OTEL_EXPORTER_OTLP_ENDPOINT"));
    }
}
