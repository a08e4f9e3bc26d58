using System.Net;
using System.Net.Sockets;
using System.Text;
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
                    "hoop_gateway_uptime_seconds", "hoop_agents_connected", "hoop_agents_channels", "hoop_agents_handshakes",
                    "hoop_agents_turned_away_total", "hoop_audit_lag_seconds", "hoop_memory_queue",
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

    [Test]
    [Description("C11: labels of raw paths and methods made hundreds of thousands of series")]
    public async Task A_hundred_thousand_wild_requests_leave_the_length_of_the_page_as_it_was()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-metrics-").FullName;
        try
        {
            var address = $"http://127.0.0.1:{FreePort()}";
            await using var gateway = await RunningGateway.Start(
                folder, await TestPostgres.CreateEmptyDatabase(), ("HOOP_METRICS_LISTEN", address), ("HOOP_LOG_FORMAT", "json"));
            using var scraper = new HttpClient { BaseAddress = new Uri(address) };

            await Task.WhenAll(Enumerable.Range(0, 4).Select(part => Wild(gateway.Address, 400, part * 400)));
            var before = await scraper.GetStringAsync("/metrics");
            await Task.WhenAll(Enumerable.Range(0, 4).Select(part => Wild(gateway.Address, 25_000, 10_000 + (part * 25_000))));
            var after = await scraper.GetStringAsync("/metrics");

            using (Assert.EnterMultipleScope())
            {
                // What a gateway measures of itself for the first time meanwhile: a generation of the collector, a store of memory.
                Assert.That(Series(after), Is.LessThanOrEqualTo(Series(before) + 50));
                Assert.That(after, Has.Length.LessThan(before.Length + 20_000), "only the digits of the counts grew");
                Assert.That(after, Does.Not.Contain("WILD1").And.Not.Contain("wild-1"));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static int Series(string page) => page.Split('\n').Count(line => line.Length > 0 && line[0] != '#');

    /// <summary>Methods, paths, queries and tokens that nobody has seen before, over one connection, a hundred at a time.</summary>
    private static async Task Wild(Uri gateway, int count, int seed)
    {
        const int AtOnce = 100;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, gateway.Port);
        await using var stream = client.GetStream();
        using var answers = new StreamReader(stream, Encoding.Latin1);
        for (var sent = 0; sent < count; sent += AtOnce)
        {
            var requests = Enumerable.Range(seed + sent, Math.Min(AtOnce, count - sent)).ToArray();
            await stream.WriteAsync(Encoding.ASCII.GetBytes(string.Concat(requests.Select(number =>
                $"WILD{number} /wild-{number}/x?y={number} HTTP/1.1\r\nHost: h{number}.example\r\nAuthorization: Bearer {number}\r\n\r\n"))));
            for (var answered = 0; answered < requests.Length;)
            {
                var line = await answers.ReadLineAsync() ?? throw new IOException("the gateway ended the connection");
                answered += line.Contains("HTTP/1.1 ", StringComparison.Ordinal) ? 1 : 0;
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
