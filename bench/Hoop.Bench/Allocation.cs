using System.Globalization;
using Hoop.Host;
using Microsoft.Extensions.Configuration;

namespace Hoop.Bench;

/// <summary>
/// Bytes that one resolve allocates, everything between socket and socket included: a gateway inside this process, the load outside.
/// </summary>
internal static class Allocation
{
    public static async Task<IReadOnlyList<Figure>> OfResolve(Plan plan, Bed bed, string bundle, CancellationToken cancellationToken)
    {
        var requests = await ResolveBench.Requests(bed, exact: false, cancellationToken);
        await using var app = Gateway.Build([], builder =>
        {
            builder.Configuration.Sources.Clear();
            builder.Configuration.AddInMemoryCollection(Bed.GatewaySettings(bed.Connection, "inside", bundle)!);
            builder.Configuration.AddInMemoryCollection([new("HOOP_LISTEN", "http://127.0.0.1:0")]);
            return bed.Connection;
        });
        await Gateway.Prepare(app, cancellationToken);
        await Gateway.Listen(app, cancellationToken);
        var address = new Uri(app.Urls.First());
        await Wrk.Run(address, requests, plan.WarmUpSeconds, cancellationToken);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        var load = await Wrk.Run(address, requests, plan.Seconds, cancellationToken);
        var mine = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)load.Requests;
        BenchRequest[] who = [new("GET", "/api/userinfo", Bed.AdminToken, "", "")];
        await Wrk.Run(address, who, plan.WarmUpSeconds, cancellationToken);
        before = GC.GetTotalAllocatedBytes(precise: true);
        var signedIn = await Wrk.Run(address, who, plan.Seconds, cancellationToken);
        var signIn = (GC.GetTotalAllocatedBytes(precise: true) - before) / (double)signedIn.Requests;
        await app.StopAsync(cancellationToken);

        var start = await AllocatedByBare(bed, cancellationToken);
        var bare = await Wrk.Run(bed.Bare.Address, requests, plan.Seconds, cancellationToken);
        var other = (await AllocatedByBare(bed, cancellationToken) - start) / (double)bare.Requests;
        Progress.Say($"resolve: {mine:0} bytes allocated by a request, bare {other:0}");
        var wrong = load.StatusErrors + load.SocketErrors + bare.StatusErrors + bare.SocketErrors > 0
            ? "some answers had an error status"
            : null;
        Side[] sides = [Side("gateway in this process", load, mine), Side("bare", bare, other)];
        return
        [
            new Figure("resolve.bytes", "bytes allocated by one resolve, everything included", mine, mine, mine, null, true, "B", false, wrong,
                sides),
            new Figure("resolve.bytes.bare", "the same: gateway ÷ bare", mine / other, mine / other, mine / other, 1.25, true, null, false,
                wrong, sides),
            new Figure("auth.bytes", "bytes allocated by a remembered caller's GET /api/userinfo, everything included", signIn, signIn, signIn,
                3072, true, "B", false, signedIn.StatusErrors > 0 ? "some answers had an error status" : null,
                [Side("gateway in this process", signedIn, signIn)]),
        ];
    }

    private static Side Side(string name, Wrk.Outcome load, double bytes) =>
        new(name, load.Requests / (load.Microseconds / 1e6), AllocatedBytes: bytes);

    private static async Task<long> AllocatedByBare(Bed bed, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = bed.Bare.Address };
        return long.Parse(
            await client.GetStringAsync(new Uri("/allocated", UriKind.Relative), cancellationToken), CultureInfo.InvariantCulture);
    }
}
