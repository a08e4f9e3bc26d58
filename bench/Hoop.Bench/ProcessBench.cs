using System.Globalization;
using Hoop.Shared.Jose;

namespace Hoop.Bench;

/// <summary>From start to ready, and the memory of the process: idle, and after many requests of all kinds.</summary>
internal static class ProcessBench
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(3);
    private static readonly string Published = Path.Combine(Folders.Root, ".build", "published", "gateway", "hoop-gateway");

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(JwsAlgorithm.ES256);
        var starts = await Starts(plan, server, BenchKey.KeySet(key), cancellationToken);
        await using var bed = await Bed.Make(server, "process", 1_000, 1, BenchKey.KeySet(key), cancellationToken);
        await Task.Delay(Rest, cancellationToken);
        var (idle, other) = (bed.Gateway.ResidentBytes, bed.Bare.ResidentBytes);
        var (sent, errors) = await Busy(plan, bed, cancellationToken);
        await Task.Delay(Rest, cancellationToken);
        var after = bed.Gateway.ResidentBytes;
        var what = string.Create(CultureInfo.InvariantCulture, $"the same after {sent:N0} requests of all kinds ÷ idle");
        return
        [
            .. starts,
            Ratio("process.idle", "memory of the idle process (RSS): gateway ÷ bare", [idle / (double)other], 1.5, null,
                [Size("gateway", idle), Size("bare", other)]),
            Ratio("process.after", what, [after / (double)idle], 1.3,
                errors > 0 ? $"{errors} answers had an error status" : null, [Size("after", after), Size("idle", idle)]),
        ];
    }

    /// <summary>On a database that is there already, and where no other gateway is.</summary>
    private static async Task<IReadOnlyList<Figure>> Starts(
        Plan plan, BenchServer server, string bundle, CancellationToken cancellationToken)
    {
        await using var bed = await Bed.Make(server, "start", 10, 1, bundle, cancellationToken);
        await bed.Gateway.DisposeAsync();
        await bed.Bare.DisposeAsync();
        var (gateway, bare, compiled) = (new List<Sample>(), new List<Sample>(), new List<Sample>());
        for (var round = 1; round <= Math.Max(3, plan.Rounds); round++)
        {
            gateway.Add(await Start(stop => bed.StartGateway(stop), cancellationToken));
            bare.Add(await Start(bed.StartBare, cancellationToken));
            if (File.Exists(Published))
            {
                compiled.Add(await Start(stop => bed.StartGateway(stop, Published), cancellationToken));
            }

            Progress.Say($"process: start {round}: {gateway[^1].P50:0} ms, bare {bare[^1].P50:0} ms");
        }

        var figures = new List<Figure>
        {
            Ratio("process.start", "start to ready: gateway ÷ bare", Ratios(gateway, bare), 1.5, null,
                [Of("gateway", gateway), Of("bare", bare)]),
        };
        if (compiled.Count > 0)
        {
            var times = compiled.Select(sample => sample.P50!.Value).ToArray();
            figures.Add(new Figure(
                "process.start.published", "start to ready of the form that ./publish.sh makes", Series.Median(times), times.Min(),
                times.Max(), 640, true, "ms", false, null, [Of("published", compiled)]));
        }

        return figures;

        static double[] Ratios(List<Sample> mine, List<Sample> others) =>
            [.. mine.Zip(others, (one, other) => one.P50!.Value / other.P50!.Value)];
        static Side Of(string name, List<Sample> samples) => new Series(name, samples).Summary;
    }

    private static Figure Ratio(string id, string what, double[] ratios, double goal, string? wrong, Side[] sides) => new(
        id, what, wrong is null ? Series.Median(ratios) : 0, ratios.Min(), ratios.Max(), goal, true, null, false, wrong, sides);

    private static Side Size(string name, long bytes) => new(name, 0, AllocatedBytes: bytes);

    private static async Task<Sample> Start(Func<CancellationToken, Task<BenchProcess>> start, CancellationToken cancellationToken)
    {
        await using var process = await start(cancellationToken);
        var took = process.ReadyAfter.TotalMilliseconds;
        return new Sample(1000 / took, took, took, process.ProcessorTime.TotalMicroseconds, null);
    }

    private static async Task<(long Sent, long Errors)> Busy(Plan plan, Bed bed, CancellationToken cancellationToken)
    {
        var resolve = await ResolveBench.Requests(bed, exact: false, cancellationToken);
        BenchRequest[] mixed =
        [
            .. resolve.Take(200),
            .. Enumerable.Range(0, 20).Select(_ => new BenchRequest("GET", "/api/userinfo", Bed.AdminToken, "", "")),
            .. Enumerable.Range(0, 5).Select(_ => new BenchRequest("GET", "/api/serverinfo", Bed.AdminToken, "", "")),
            .. Enumerable.Range(0, 5).Select(_ => new BenchRequest("GET", "/api/feature-flags", Bed.AdminToken, "", "")),
            .. Enumerable.Range(0, 5).Select(_ => new BenchRequest("GET", "/api/spiffe-mappings?page_size=20", Bed.AdminToken, "", "")),
            .. Enumerable.Range(0, 5).Select(_ => new BenchRequest("GET", "/api/agents", Bed.AdminToken, "", "")),
        ];
        var create = CreateBench.Request("busy");
        var (sent, errors) = (0L, 0L);
        while (sent < plan.Busy)
        {
            var load = await Wrk.Run(bed.Gateway.Address, mixed, plan.Seconds, cancellationToken);
            var made = await Wrk.Run(bed.Gateway.Address, [create], 1, cancellationToken);
            sent += load.Requests + made.Requests;
            errors += load.StatusErrors + made.StatusErrors;
            Progress.Say($"process: {sent:N0} of {plan.Busy:N0} requests");
        }

        return (sent, errors);
    }
}
