using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Host.Tests.Telemetry;

/// <summary>What becomes of requests when nobody takes the telemetry.</summary>
[Description("C18: with the collector down each request took four seconds longer")]
public sealed class DeadCollectorTests
{
    private const int Requests = 2_000;

    [Test]
    public async Task A_dead_collector_holds_no_request_up()
    {
        using var gone = new TcpListener(IPAddress.Loopback, 0);
        gone.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)gone.LocalEndpoint).Port}";
        gone.Stop();

        Assert.That(await Slowest(address), Is.LessThan(TimeSpan.FromSeconds(2)));
    }

    [Test]
    public async Task A_collector_that_takes_everything_and_never_answers_holds_no_request_up()
    {
        using var mute = new TcpListener(IPAddress.Loopback, 0);
        mute.Start();
        using var stop = new CancellationTokenSource();
        var connections = new List<TcpClient>();
        var taking = Take(mute, connections, stop.Token);

        var slowest = await Slowest($"http://127.0.0.1:{((IPEndPoint)mute.LocalEndpoint).Port}");

        await stop.CancelAsync();
        await taking;
        Assert.That(connections, Is.Not.Empty, "the gateway did try to export");
        Assert.That(slowest, Is.LessThan(TimeSpan.FromSeconds(2)));
        connections.ForEach(connection => connection.Dispose());
    }

    /// <summary>Of more requests than the exporter's queue of 2,048 spans holds: each has several.</summary>
    private static async Task<TimeSpan> Slowest(string collector)
    {
        await using var gateway = await TestGateway.Start(new()
        {
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector,
            ["OTEL_BSP_SCHEDULE_DELAY"] = "50",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "50",
            ["OTEL_EXPORTER_OTLP_TIMEOUT"] = "1000",
            ["OTEL_BSP_EXPORT_TIMEOUT"] = "1000",
            ["OTEL_METRIC_EXPORT_TIMEOUT"] = "1000",
        });
        var slowest = TimeSpan.Zero;
        for (var request = 0; request < Requests; request++)
        {
            var began = Stopwatch.GetTimestamp();
            Assert.That((await gateway.Operator.Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.OK));
            slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(began).Ticks));
        }

        await TestContext.Out.WriteLineAsync($"the slowest of {Requests} took {slowest.TotalMilliseconds:F0} ms");
        return slowest;
    }

    private static async Task Take(TcpListener listener, List<TcpClient> connections, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                connections.Add(await listener.AcceptTcpClientAsync(stop));
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the test.
        }
    }
}
