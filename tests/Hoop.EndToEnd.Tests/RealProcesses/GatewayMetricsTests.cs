using System.Net;
using System.Net.Sockets;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>What Prometheus reads of a gateway. In a process of its own: gateways of one process share the numbers of a name.</summary>
internal sealed class GatewayMetricsTests
{
    [Test]
    public async Task What_operators_watch_is_on_the_page_with_its_description_and_no_secret()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-metrics-").FullName;
        try
        {
            var address = $"http://127.0.0.1:{FreePort()}";
            await using var gateway = await RunningGateway.Start(folder, database: null, ("HOOP_METRICS_LISTEN", address));
            await gateway.Operator.Get("/api/agents");
            using var scraper = new HttpClient { BaseAddress = new Uri(address) };

            // A request is counted after its answer was sent. Templates, not addresses.
            var page = "";
            await Eventually.True(
                async () => (page = await scraper.GetStringAsync("/metrics")).Contains("http_route=\"/api/agents/\"", StringComparison.Ordinal),
                () => page);

            using (Assert.EnterMultipleScope())
            {
                foreach (var name in new[]
                {
                    "hoop_memory_lease_seconds", "hoop_memory_entries", "hoop_memory_hits_total", "hoop_memory_wait_seconds",
                    "hoop_gateway_uptime_seconds", "hoop_agents_connected", "hoop_agents_channels",
                    "http_server_request_duration_seconds", "db_client_connection_count", "db_client_connection_max",
                    "dotnet_process_memory_working_set_bytes",
                })
                {
                    Assert.That(page, Does.Contain($"# HELP {name} "));
                }

                Assert.That(page, Does.Contain("db_client_connection_pool_name=\"hoop\""), "the pool's name, not its address");
                Assert.That(page, Does.Not.Contain((await File.ReadAllTextAsync(RunningGateway.TokenFile(folder))).Trim()));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
