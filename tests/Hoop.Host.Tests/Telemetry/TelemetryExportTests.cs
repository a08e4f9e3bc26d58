using System.Collections.Concurrent;
using System.Text;
using Hoop.Shared.Configuration;
using Hoop.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace Hoop.Host.Tests.Telemetry;

/// <summary>What a collector gets, by the texts in it.</summary>
public sealed class TelemetryExportTests
{
    private readonly ConcurrentDictionary<string, string> _received = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _headers = new();
    private WebApplication _collector = null!;

    private string Endpoint => _collector.Urls.First();

    [OneTimeSetUp]
    public async Task Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _collector = builder.Build();
        _collector.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            var text = Encoding.Latin1.GetString(body.ToArray());
            _received.AddOrUpdate(signal, text, (_, before) => before + text);
            _headers.Enqueue(request.Headers["x-key"].ToString());
        });
        await _collector.StartAsync();
    }

    [OneTimeTearDown]
    public async Task Stop() => await _collector.DisposeAsync();

    [Test]
    [Description("U22: OTEL_SERVICE_NAME was ignored, and the pool's name was the connection string")]
    public async Task The_variables_of_the_standard_count_and_the_pool_has_a_name()
    {
        await using (var gateway = await TestGateway.Start(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Endpoint,
            ["OTEL_EXPORTER_OTLP_HEADERS"] = "x-key=s3cret",
            ["OTEL_SERVICE_NAME"] = "gw-eu",
            ["OTEL_RESOURCE_ATTRIBUTES"] = "deployment.environment.name=test",
        }))
        {
            await gateway.Operator.Get("/api/agents/traced?token=query-canary");
            await gateway.Operator.Get("/api/agents/traced");
            await gateway.Anonymous.Get("/healthz/ready");
        }

        var (traces, metrics) = (_received["traces"], _received["metrics"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(traces, Does.Contain("gw-eu").And.Contain("deployment.environment.name").And.Not.Contain("hoop-gateway"));
            Assert.That(traces, Does.Contain("GET /api/agents/{nameOrId}").And.Contain("http.route").And.Contain("GetAgent"));
            // The client of this test is traced as well, so that the address of the probe alone says nothing.
            Assert.That(traces, Does.Not.Contain("query-canary").And.Not.Contain("GET /healthz"));
            Assert.That(metrics, Does.Contain("http.server.request.duration").And.Contain("db.client.connection.pool.name"));

            // As the wire has it. Only the gateway's own pool is looked for: those of other tests in this process are measured too.
            Assert.That(metrics, Does.Contain("db.client.connection.pool.name\u0012\u0006\n\u0004hoop"));
            Assert.That(_headers, Is.Not.Empty.And.All.EqualTo("s3cret"));
        }
    }

    [TestCase("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [TestCase("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    public async Task A_wrong_value_stops_the_start(string variable, string value)
    {
        var settings =
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["OTEL_EXPORTER_OTLP_ENDPOINT"] = Endpoint, [variable] = value };
        var refused = await Assert.ThrowsAsync<ConfigurationException>(() => TestGateway.Start(settings));
        Assert.That(refused.Variable, Is.EqualTo(variable));
    }
}
