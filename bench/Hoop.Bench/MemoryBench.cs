using Hoop.Shared.Jose;

namespace Hoop.Bench;

/// <summary>
/// The same requests to a gateway that remembers and to one with <c>HOOP_MEMORY=off</c>, which reads the database each time: who is
/// calling, a lookup, and a creation. Each has a database of its own, so that neither has another gateway to tell of changes.
/// </summary>
internal static class MemoryBench
{
    private static readonly Dictionary<string, string> Off = new(StringComparer.Ordinal) { ["HOOP_MEMORY"] = "off" };

    private static readonly BenchRequest Plain = new("GET", "/plain", null, "", "ok");

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(JwsAlgorithm.ES256);
        var (bundle, rows) = (BenchKey.KeySet(key), plan.Sizes[^2]);
        await using var on = await Bed.Make(server, "memory_on", rows, 1, bundle, cancellationToken);
        await using var off = await Bed.Make(server, "memory_off", rows, 1, bundle, Off, cancellationToken);

        var match = (await on.Sample(exact: true, cancellationToken))[0].Match;
        BenchRequest svid = new("GET", "/api/userinfo", key.Svid(match), "", match);
        BenchRequest token = new("GET", "/api/userinfo", Bed.AdminToken, "", "bootstrap-admin");
        var resolve = await ResolveBench.Requests(on, exact: false, cancellationToken);
        var create = CreateBench.Request("memory");
        var loads = new List<ILoad>
        {
            new HttpLoad("bare plain text", on.Bare, [Plain], Answers.PlainText),
            new HttpLoad("bare resolve", on.Bare, resolve, Answers.Resolved),
            new HttpLoad("bare insert", on.Bare, [CreateBench.Request("bare")], Answers.Created),
        };
        foreach (var (name, bed) in new[] { ("on", on), ("off", off) })
        {
            loads.Add(new HttpLoad($"API token, {name}", bed.Gateway, [token], Answers.Who));
            loads.Add(new HttpLoad($"SVID, {name}", bed.Gateway, [svid], Answers.Who));
            loads.Add(new HttpLoad($"resolve, {name}", bed.Gateway, resolve, Answers.Resolved));
            loads.Add(new HttpLoad($"create, {name}", bed.Gateway, [create], Answers.Created));
        }

        var series = await Rounds.Run(plan, "memory", loads, cancellationToken);
        return
        [
            .. Pair("API token", "userinfo by an API token", "plain text", 0.70),
            .. Pair("SVID", "userinfo by an ES256 SVID", "plain text", 0.70),
            .. Pair("resolve", "resolve by prefix", "resolve", 0.85),
            .. Pair("create", "create a mapping with its audit row", "insert", 0.75),
        ];

        IEnumerable<Figure> Pair(string kind, string what, string bare, double goal)
        {
            var id = kind.Split(' ')[^1].ToLowerInvariant();
            yield return series[$"{kind}, on"].Over(series[$"bare {bare}"], $"memory.{id}.on", $"{what}, memory on ÷ bare {bare}", goal);
            yield return series[$"{kind}, off"].Over(series[$"bare {bare}"], $"memory.{id}.off", $"{what}, memory off ÷ bare {bare}");
        }
    }
}
