using Hoop.Shared.Jose;
using Hoop.Spiffe.Svids;

namespace Hoop.Bench;

/// <summary>
/// GET /api/userinfo, signed in with a JWT-SVID that is remembered, with one that is verified each time, and with an API token.
/// </summary>
internal static class AuthBench
{
    private const string Path = "/api/userinfo";

    // More than the requests that are under way at once, so that tokens differ; fewer than take long to sign.
    private const int ColdTokens = 1_000;

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var rsa = new BenchKey(JwsAlgorithm.RS256);
        using var curve = new BenchKey(JwsAlgorithm.ES256);
        await using var bed = await Bed.Make(server, "auth", 1_000, 1, BenchKey.KeySet(rsa, curve), cancellationToken);
        var row = (await bed.Sample(exact: true, cancellationToken))[0];
        BenchRequest Signed(string token) => new("GET", Path, token, "", row.Match);

        var (warmRsa, warmCurve) = (Signed(rsa.Svid(row.Match)), Signed(curve.Svid(row.Match)));
        await Fill(bed, [warmRsa, warmCurve], curve, Signed, row.Match, cancellationToken);
        var cold = await Task.WhenAll(
            Task.Run(() => Tokens(rsa), cancellationToken),
            Task.Run(() => Tokens(curve), cancellationToken));
        BenchRequest[] plain = [new("GET", "/plain", null, "", "ok")];
        BenchRequest[] who = [new("POST", "/who", null, $$"""{"spiffe_id":"{{row.Match}}"}""", row.Id.ToString())];
        BenchRequest[] operators = [new("GET", Path, Bed.AdminToken, "", "admin")];
        operators = [operators[0] with { Expected = await Subject(bed, operators[0], cancellationToken) }];

        var series = await Rounds.Run(
            plan,
            "auth",
            [
                new HttpLoad("bare plain text", bed.Bare, plain, Answers.PlainText),
                new HttpLoad("gateway RS256 remembered", bed.Gateway, [warmRsa], Answers.Who),
                new HttpLoad("gateway RS256 verified", bed.Gateway, cold[0], Answers.Who),
                new HttpLoad("gateway ES256 remembered", bed.Gateway, [warmCurve], Answers.Who),
                new HttpLoad("gateway ES256 verified", bed.Gateway, cold[1], Answers.Who),
                new HttpLoad("bare same statements", bed.Bare, who, Answers.Resolved),
                new HttpLoad("gateway API token", bed.Gateway, operators, Answers.Who),
            ],
            cancellationToken);
        return
        [
            series["gateway RS256 remembered"].Over(
                series["bare same statements"],
                "auth.svid.bare",
                "remembered RS256 SVID ÷ bare with SQL for its mapping",
                0.85),
            series["gateway RS256 remembered"].CpuOver(
                series["bare same statements"], "auth.svid.cpu", "the same: processor time for each request", 1.25),
            series["gateway RS256 remembered"].Over(
                series["bare plain text"], "auth.svid.plain", "remembered RS256 SVID ÷ bare plain text", 0.85),
            series["gateway API token"].Over(
                series["bare plain text"], "auth.token.plain", "remembered API token ÷ bare plain text"),
            series["gateway RS256 verified"].Over(
                series["gateway RS256 remembered"], "auth.rs256.verified", "many RS256 SVIDs in turn ÷ one", 0.50),
            series["gateway ES256 verified"].Over(
                series["gateway ES256 remembered"], "auth.es256.verified", "many ES256 SVIDs in turn ÷ one", 0.33),
        ];

        BenchRequest[] Tokens(BenchKey key) =>
            [.. Enumerable.Range(0, ColdTokens).Select(number => Signed(key.Svid(row.Match, 1_000_000 + number)))];
    }

    /// <summary>
    /// Makes the gateway remember <paramref name="warm"/> and then as many others as it has room for. Nothing pushes out what still
    /// holds, so every further token is verified each time it comes.
    /// </summary>
    private static async Task Fill(
        Bed bed, BenchRequest[] warm, BenchKey key, Func<string, BenchRequest> signed, string spiffeId, CancellationToken cancellationToken)
    {
        Progress.Say("auth: filling the gateway's memory of tokens");
        using var client = new HttpClient { BaseAddress = bed.Gateway.Address };
        foreach (var request in warm)
        {
            await Send(request, cancellationToken);
        }

        await Parallel.ForEachAsync(
            Enumerable.Range(0, SvidCache.DefaultCapacity),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (number, cancelled) => await Send(signed(key.Svid(spiffeId, number)), cancelled));

        async Task Send(BenchRequest request, CancellationToken cancelled)
        {
            var (status, body) = await request.Send(client, cancelled);
            if (Answers.Who(request, status, body) is { } problem)
            {
                throw new BenchException($"the gateway does not take a good JWT-SVID: {problem}");
            }
        }
    }

    private static async Task<string> Subject(Bed bed, BenchRequest request, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = bed.Gateway.Address };
        var (_, body) = await request.Send(client, cancellationToken);
        return (string?)System.Text.Json.Nodes.JsonNode.Parse(body)?["subject"] ?? throw new BenchException(
            $"the admin token was refused: {body}");
    }
}
