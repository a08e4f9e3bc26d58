using System.Globalization;

namespace Hoop.Bench;

/// <summary>
/// POST /api/spiffe-mappings/resolve with the admin token, for tables of several sizes, against the bare program and pgbench with
/// the same statement.
/// </summary>
internal static class ResolveBench
{
    private const string Path = "/api/spiffe-mappings/resolve";

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(Hoop.Shared.Jose.JwsAlgorithm.ES256);
        var bundle = BenchKey.KeySet(key);
        var beds = new Dictionary<string, Bed>(StringComparer.Ordinal);
        try
        {
            foreach (var size in plan.Sizes)
            {
                beds[Short(size)] = await Bed.Make(server, $"n{size}", size, 1, bundle, cancellationToken);
            }

            beds["many"] = await Bed.Make(server, "many", plan.Sizes[^1], plan.Organizations, bundle, cancellationToken);
            var loads = new List<ILoad>();
            foreach (var (name, bed) in beds)
            {
                loads.AddRange(await Loads(plan, name, bed, cancellationToken));
            }

            var series = await Rounds.Run(plan, "resolve", loads, cancellationToken);
            var allocated = await Allocation.OfResolve(plan, beds[Short(plan.Sizes[0])], bundle, cancellationToken);
            return [.. Figures(plan, series), .. allocated];
        }
        finally
        {
            foreach (var bed in beds.Values)
            {
                await bed.DisposeAsync();
            }
        }
    }

    /// <summary>Requests for mappings that exist, and what wins.</summary>
    public static async Task<IReadOnlyList<BenchRequest>> Requests(Bed bed, bool exact, CancellationToken cancellationToken) =>
    [
        .. (await bed.Sample(exact, cancellationToken)).Select(
            row => Request(exact ? row.Match : row.Match + "job/worker-1", row.Id.ToString())),
    ];

    private static BenchRequest Request(string spiffeId, string winner) =>
        new("POST", Path, Bed.AdminToken, $$"""{"spiffe_id":"{{spiffeId}}"}""", winner);

    private static async Task<IReadOnlyList<ILoad>> Loads(Plan plan, string name, Bed bed, CancellationToken cancellationToken)
    {
        var prefix = await Requests(bed, exact: false, cancellationToken);
        var exact = await Requests(bed, exact: true, cancellationToken);

        // 1,011 segments in 2,047 bytes, close to the most that is legal (SPIFFE-ID section 2.3).
        BenchRequest[] deep =
            [Request(Bed.LongPrefix + string.Join('/', Enumerable.Repeat('a', 1010)), "00000000-0000-7000-8000-ffffffffffff")];
        await Answers.DemandSame(bed, prefix.Take(50).Concat(exact.Take(50)).Concat(deep), _ => { }, cancellationToken);

        var loads = new List<ILoad> { Gateway("prefix", prefix), Bare("prefix", prefix) };
        if (name == "many")
        {
            return loads;
        }

        if (name == Short(plan.Sizes[0]) || name == Short(plan.Sizes[^1]))
        {
            loads.AddRange([Gateway("exact", exact), Bare("exact", exact)]);
            if (PgBench.Exists)
            {
                loads.Add(new PgBench($"pgbench prefix {name}", bed, [.. prefix.Take(PgBench.Scripts).Select(Identity)]));
            }
        }

        if (name == Short(plan.Sizes[^1]))
        {
            loads.AddRange([Gateway("deep", deep), Bare("deep", deep)]);
        }

        return loads;

        HttpLoad Gateway(string kind, IReadOnlyList<BenchRequest> requests) =>
            new($"gateway {kind} {name}", bed.Gateway, requests, Answers.Resolved);
        HttpLoad Bare(string kind, IReadOnlyList<BenchRequest> requests) =>
            new($"bare {kind} {name}", bed.Bare, requests, Answers.Resolved);
        static string Identity(BenchRequest request) => request.Body[(request.Body.IndexOf("spiffe://", StringComparison.Ordinal))..^2];
    }

    private static IEnumerable<Figure> Figures(Plan plan, IReadOnlyDictionary<string, Series> series)
    {
        var (least, most) = (Short(plan.Sizes[0]), Short(plan.Sizes[^1]));
        foreach (var size in new[] { least, most })
        {
            yield return series[$"gateway exact {size}"].Over(
                series[$"bare exact {size}"], $"resolve.exact.{size}", $"exact, {size} mappings: gateway ÷ bare", 0.85);
        }

        foreach (var size in plan.Sizes.Select(Short))
        {
            yield return series[$"gateway prefix {size}"].Over(
                series[$"bare prefix {size}"], $"resolve.prefix.{size}", $"prefix, {size} mappings: gateway ÷ bare", 0.85);
        }

        foreach (var size in new[] { least, most })
        {
            if (series.TryGetValue($"pgbench prefix {size}", out var pgbench))
            {
                yield return series[$"bare prefix {size}"].Over(
                    pgbench, $"resolve.bare.pgbench.{size}", $"prefix, {size} mappings: bare ÷ pgbench");
                yield return series[$"gateway prefix {size}"].Over(
                    pgbench, $"resolve.pgbench.{size}", $"prefix, {size} mappings: gateway ÷ pgbench", 0.35);
            }
        }

        foreach (var (before, after) in plan.Sizes.Zip(plan.Sizes.Skip(1)).Select(pair => (Short(pair.First), Short(pair.Second))))
        {
            yield return series[$"gateway prefix {after}"].Over(
                series[$"gateway prefix {before}"], $"resolve.flat.{after}", $"gateway, prefix: {after} ÷ {before} mappings", 0.70);
        }

        yield return series[$"gateway prefix {most}"].Over(
            series[$"gateway prefix {least}"], "resolve.flat", $"gateway, prefix: {most} ÷ {least} mappings", 0.70);
        yield return series[$"gateway prefix {most}"].CpuOver(
            series[$"gateway prefix {least}"], "resolve.flat.cpu", $"processor time for each request: {most} ÷ {least} mappings", 1.3);
        yield return series[$"gateway deep {most}"].Over(
            series[$"gateway prefix {most}"], "resolve.deep", "identity of 1,011 segments ÷ a usual one", 0.5);
        yield return series[$"gateway deep {most}"].Over(
            series[$"bare deep {most}"], "resolve.deep.bare", "identity of 1,011 segments: gateway ÷ bare");
        yield return series["gateway prefix many"].Over(
            series[$"gateway prefix {most}"], "resolve.organizations",
                string.Create(CultureInfo.InvariantCulture, $"{most} mappings in {plan.Organizations:N0} organizations ÷ in one"), 0.85);
        yield return series[$"gateway prefix {most}"].CpuOver(
            series[$"bare prefix {most}"], "resolve.cpu", "processor time for each request: gateway ÷ bare", 1.25);
    }

    private static string Short(int size) => $"1e{(int)Math.Log10(size)}";
}
