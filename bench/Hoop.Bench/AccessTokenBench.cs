using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Hoop.Shared.Jose;

namespace Hoop.Bench;

/// <summary>
/// GET /api/userinfo by the access token of a service account, first seen and seen before, and by an API token, each against bare Kestrel
/// that does the same check; and what a flood of forged ES384 tokens leaves to those who are known.
/// </summary>
internal static class AccessTokenBench
{
    private const string Path = "/api/userinfo";
    private const string Issuer = "https://bench.example";
    private const string Audience = "https://hoop.bench";
    private const string Account = "bench-robot";

    /// <summary>More than the gateway remembers, so that each of those that follow is a new one whenever it comes.</summary>
    private const int Remembered = 32_768;

    private const int FirstSeen = 1_000;

    /// <summary>Of forged tokens; without a limit their signatures alone would take two processors.</summary>
    private const int FloodPerSecond = 1_000;

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var curve = new BenchKey(JwsAlgorithm.ES256);
        using var costly = new BenchKey(JwsAlgorithm.ES384);
        using var strange = new BenchKey(JwsAlgorithm.ES384);
        await using var bed = await Bed.Make(
            server, "tokens", 10, 1, BenchKey.KeySet(curve), cancellationToken, ("BARE_JWT_KEY", curve.PublicKey));
        using var admin = new HttpClient { BaseAddress = bed.Gateway.Address };
        admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Bed.AdminToken);
        await Make(admin, "/api/issuers", new JsonObject
        {
            ["issuer"] = Issuer, ["audiences"] = new JsonArray(Audience), ["jwks"] = JsonNode.Parse(BenchKey.KeySet(curve, costly)),
        }, cancellationToken);
        await Make(admin, "/api/serviceaccounts", new JsonObject
        {
            ["subject"] = Account, ["issuer"] = Issuer, ["status"] = "active", ["groups"] = new JsonArray("staff"),
        }, cancellationToken);
        var api = (string)(await Make(
            admin, "/api/api-tokens", new JsonObject { ["name"] = "bench", ["groups"] = new JsonArray("staff") }, cancellationToken))["token"]!;

        BenchRequest Signed(string token) => new("GET", Path, token, "", Account);
        BenchRequest Bare(string path, string token) => new("GET", path, token, "", "bench");
        var seen = Signed(curve.AccessToken(Issuer, Audience, Account));
        Progress.Say("tokens: filling the gateway's memory of tokens");
        await Fill(bed.Gateway.Address, [seen, Signed(api) with { Expected = "bench" }], curve, Signed, cancellationToken);
        BenchRequest[] first =
            [.. Enumerable.Range(0, FirstSeen).Select(number => Signed(curve.AccessToken(Issuer, Audience, Account, 1_000_000 + number)))];
        var flood = new Flood(bed.Gateway.Address, strange);
        var known = new HttpLoad("gateway JWT seen before", bed.Gateway, [seen], Answers.Who);
        var series = await Rounds.Run(
            plan,
            "tokens",
            [
                known,
                new Flooded("gateway JWT seen before, in a flood", known, flood),
                new HttpLoad("bare JWT seen before", bed.Bare, [Bare("/token/seen", seen.Token!)], Answers.PlainText),
                new HttpLoad("gateway JWT first seen", bed.Gateway, first, Answers.Who),
                new HttpLoad(
                    "bare JWT first seen", bed.Bare, [.. first.Select(one => Bare("/token/first", one.Token!))], Answers.PlainText),
                new HttpLoad("gateway API token", bed.Gateway, [Signed(api) with { Expected = "bench" }], Answers.Who),
                new HttpLoad("bare API token", bed.Bare, [Bare("/token/seen", api)], Answers.PlainText),
            ],
            cancellationToken);
        return
        [
            series["gateway JWT first seen"].Over(
                series["bare JWT first seen"], "auth.jwt.first", "userinfo by an ES256 access token first seen ÷ bare with the same check"),
            series["gateway JWT seen before"].Over(
                series["bare JWT seen before"], "auth.jwt.seen", "userinfo by an access token seen before ÷ bare with the same check"),
            series["gateway API token"].Over(
                series["bare API token"], "auth.token.bare", "userinfo by an API token ÷ bare with the same check"),
            series["gateway JWT seen before, in a flood"].Over(
                series["gateway JWT seen before"],
                "auth.flood.rate",
                "known callers beside 1,000 forged ES384 tokens a second ÷ without them",
                0.70),
        ];
    }

    private static async Task<JsonNode> Make(HttpClient admin, string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var answer = await admin.PostAsJsonAsync(path, body, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)! : throw new BenchException($"POST {path}: {(int)answer.StatusCode} {text}");
    }

    private static async Task Fill(
        Uri gateway, BenchRequest[] warm, BenchKey key, Func<string, BenchRequest> signed, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = gateway };
        foreach (var request in warm)
        {
            await Send(request, cancellationToken);
        }

        await Parallel.ForEachAsync(
            Enumerable.Range(1, Remembered),
            new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = cancellationToken },
            async (number, cancelled) => await Send(signed(key.AccessToken(Issuer, Audience, Account, number)), cancelled));

        async Task Send(BenchRequest request, CancellationToken cancelled)
        {
            var (status, body) = await request.Send(client, cancelled);
            if (Answers.Who(request, status, body) is { } problem)
            {
                throw new BenchException($"the gateway does not take a good token: {problem}");
            }
        }
    }

    /// <summary>Known callers, while forged tokens come.</summary>
    private sealed class Flooded(string name, ILoad load, Flood flood) : ILoad
    {
        public string Name => name;

        public async Task<Sample> Run(int seconds, CancellationToken cancellationToken)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var running = flood.Run(stop.Token);
            var sample = await load.Run(seconds, cancellationToken);
            await stop.CancelAsync();
            return await running is { } problem ? sample with { Wrong = problem } : sample;
        }
    }

    /// <summary>So many forged tokens a second, each another one, of the form that costs the gateway a whole verification.</summary>
    private sealed class Flood(Uri gateway, BenchKey strange)
    {
        private int _number;

        /// <returns>What was wrong, or null.</returns>
        public async Task<string?> Run(CancellationToken stop)
        {
            using var client = new HttpClient { BaseAddress = gateway };
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
            var (sent, problem) = (new List<Task>(), (string?)null);

            // The signature is of the right form and length and costs the whole verification; nobody signs here.
            var token = strange.AccessToken(Issuer, Audience, Account);
            try
            {
                while (await tick.WaitForNextTickAsync(stop))
                {
                    sent.RemoveAll(task => task.IsCompleted);
                    for (var i = 0; i < FloodPerSecond / 100 && sent.Count < 256; i++)
                    {
                        sent.Add(Send());
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The load beside it is over.
            }

            await Task.WhenAll(sent).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return problem;

            async Task Send()
            {
                var end = Interlocked.Increment(ref _number).ToString("D8", System.Globalization.CultureInfo.InvariantCulture);
                var (status, body) = await new BenchRequest("GET", Path, $"{token[..^16]}{end}{token[^8..]}", "", "").Send(client, stop);
                if (status is not (401 or 429 or 503))
                {
                    problem = $"a forged token was answered {status}: {body}";
                }
            }
        }
    }
}
