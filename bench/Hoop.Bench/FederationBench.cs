using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Hoop.Shared.Jose;
using Hoop.StandIns;

namespace Hoop.Bench;

/// <summary>
/// The caller's own token of a connection, warm, against the bare resolve; how often Google is asked when many open at once, and
/// bytes a second through a session.
/// </summary>
internal static class FederationBench
{
    private const string Connection = "bench-bq";
    private const string Account = "bench-bot@my-proj.iam.gserviceaccount.com";
    private const string Path = $"/api/connections/{Connection}/federation";

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(JwsAlgorithm.ES256);
        await using var google = await GoogleStandIn.Start();
        google.Grant(Account);
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOOP_GCP_IAM_ENDPOINT"] = google.Address,
            ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = google.TokenUri,
        };
        await using var bed = await Bed.Make(
            server, "federation", plan.Sizes[0], 1, BenchKey.KeySet(key), settings, cancellationToken);
        using var client = new HttpClient { BaseAddress = bed.Gateway.Address, Timeout = TimeSpan.FromMinutes(2) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Bed.AdminToken);
        await Prepare(client, google, cancellationToken);

        BenchRequest[] warm = [new("POST", $"{Path}/token", Bed.AdminToken, "{}", Account)];
        var resolve = await ResolveBench.Requests(bed, exact: true, cancellationToken);
        var series = await Rounds.Run(
            plan,
            "federation",
            [
                new HttpLoad("gateway warm token", bed.Gateway, warm, Given),
                new HttpLoad("bare resolve", bed.Bare, resolve, Answers.Resolved),
            ],
            cancellationToken);
        return
        [
            series["gateway warm token"].Over(series["bare resolve"], "federation.warm.bare", "warm token of a connection ÷ bare resolve"),
            series["gateway warm token"].CpuOver(
                series["bare resolve"], "federation.warm.cpu", "the same: processor time for each request"),
            await Opens(plan, client, google, cancellationToken),
            await StreamBench.Run(plan, bed, client, cancellationToken),
        ];
    }

    private static string? Given(BenchRequest request, int status, string body) =>
        status == 200 && JsonElement.Parse(body) is var answer
            && answer.GetProperty("principal").GetString() == request.Expected
            && answer.GetProperty("variables").TryGetProperty("HOOP_GCP_ACCESS_TOKEN", out _)
                ? null
                : $"answer {status}: {(body.Length > 200 ? body[..200] : body)}";

    private static async Task Prepare(HttpClient client, GoogleStandIn google, CancellationToken cancellationToken)
    {
        await Send(client, HttpMethod.Put, "/api/feature-flags/experimental.iam_federation", new { enabled = true }, cancellationToken);
        await Send(
            client, HttpMethod.Post, "/api/connections",
            new { name = Connection, type = "custom", command = new[] { "bq" }, agent_id = Bed.Agent }, cancellationToken);
        await SetPolicy(client, google.CreateAdminCredentials("my-proj", "hoop-admin"), cancellationToken);
    }

    private static async Task SetPolicy(HttpClient client, string? keyFile, CancellationToken cancellationToken)
    {
        var body = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["hook_source"] = "builtin",
            ["builtin_provider"] = "gcp_iam",
            ["identity_source_attribute"] = "id",
            ["identity_target_template"] = Account,
            ["extra_config"] = new { project_id = "my-proj" },
        };
        if (keyFile is not null)
        {
            body["admin_credentials_json"] = keyFile;
        }

        await Send(client, HttpMethod.Put, Path, body, cancellationToken);
    }

    /// <summary>A new version of the policy, for which nothing is warm, and then everybody at once.</summary>
    private static async Task<Figure> Opens(Plan plan, HttpClient client, GoogleStandIn google, CancellationToken cancellationToken)
    {
        var counts = new List<double>();
        var refused = 0;
        for (var round = 0; round < plan.Rounds; round++)
        {
            await SetPolicy(client, keyFile: null, cancellationToken);
            var before = google.Calls.Count;
            google.Delay = TimeSpan.FromMilliseconds(500);
            var tokens = await Task.WhenAll(Enumerable.Range(0, plan.Opens).Select(_ => Task.Run(Open, cancellationToken)));
            google.Delay = TimeSpan.Zero;
            counts.Add(google.Calls.Count - before);
            if (tokens.Distinct(StringComparer.Ordinal).Count() != 1 || google.Owner(tokens[0]) != Account)
            {
                throw new BenchException("those who asked at once got different tokens");
            }

            Progress.Say($"federation: {plan.Opens} at once: {counts[^1]:0} calls, {refused} answers of 503 so far, asked again");
        }

        var what = string.Create(CultureInfo.InvariantCulture, $"calls to Google for {plan.Opens:N0} tokens that were asked for at once");
        return new Figure("federation.calls", what, Series.Median(counts), counts.Min(), counts.Max(), 1, true, "calls", false, null, []);

        // A gateway that is full says so, and its clients come again.
        async Task<string> Open()
        {
            while (true)
            {
                using var content = new StringContent("{}", Encoding.UTF8, "application/json");
                using var answer = await client.PostAsync(new Uri($"{Path}/token", UriKind.Relative), content, cancellationToken);
                var body = await answer.Content.ReadAsStringAsync(cancellationToken);
                if (answer.StatusCode == HttpStatusCode.OK)
                {
                    return JsonElement.Parse(body).GetProperty("variables").GetProperty("HOOP_GCP_ACCESS_TOKEN").GetString()!;
                }

                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    throw new BenchException($"a token was refused: {body}");
                }

                Interlocked.Increment(ref refused);
                await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
            }
        }
    }

    public static async Task<JsonElement> Send(
        HttpClient client, HttpMethod method, string path, object body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path)
        {
            Content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json"),
        };
        using var answer = await client.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode
            ? text.Length > 0 ? JsonElement.Parse(text) : default
            : throw new BenchException($"{method} {path} was answered {text}");
    }
}
