using System.Globalization;
using Hoop.Shared.Jose;

namespace Hoop.Bench;

/// <summary>Latencies at half of what the gateway can do, by an open loop: what a caller sees who does not stand in a queue.</summary>
internal static class LatencyBench
{
    private static readonly (string Name, double Part)[] Parts = [("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)];

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(JwsAlgorithm.ES256);
        await using var bed = await Bed.Make(server, "latency", plan.Sizes[^2], 1, BenchKey.KeySet(key), cancellationToken);
        (string Name, string What, IReadOnlyList<BenchRequest> Requests)[] kinds =
        [
            ("userinfo", "GET /api/userinfo, API token", [new BenchRequest("GET", "/api/userinfo", Bed.AdminToken, "", "")]),
            ("resolve", "resolve by prefix", await ResolveBench.Requests(bed, exact: false, cancellationToken)),
        ];
        var figures = new List<Figure>();
        foreach (var (name, what, requests) in kinds)
        {
            await Wrk.Run(bed.Gateway.Address, requests, plan.WarmUpSeconds, cancellationToken);
            var full = await Wrk.Run(bed.Gateway.Address, requests, plan.Seconds, cancellationToken);
            var saturation = full.Requests / (full.Microseconds / 1e6);
            var load = await OpenLoop.Run(bed.Gateway.Address, requests, saturation / 2, plan.Seconds * 2, cancellationToken);
            Progress.Say($"latency: {name} at {load.Rate:0}/s of {saturation:0}/s: {load.Errors} errors");
            var wrong = load.Errors > 0 ? $"{load.Errors} of {load.Milliseconds.Count} answers had an error status" : null;
            figures.AddRange(Parts.Select(part =>
            {
                var value = Percentiles.Of(load.Milliseconds, part.Part);
                var side = new Side("gateway", load.Rate, Percentiles.Of(load.Milliseconds, 0.5), Percentiles.Of(load.Milliseconds, 0.99));
                return new Figure(
                    $"latency.{name}.{part.Name}",
                    string.Create(CultureInfo.InvariantCulture, $"{what}, at half of {saturation:N0}/s: {part.Name}"),
                    value, value, value, null, true, "ms", false, wrong, [side]);
            }));
        }

        return figures;
    }
}
