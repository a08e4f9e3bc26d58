using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Hoop.Shared.Jose;

namespace Hoop.Bench;

/// <summary>
/// How long the deletion of an API token takes, as its caller sees it: with one gateway, with three, and while one of three is frozen.
/// </summary>
internal static class WaitBench
{
    private const double Lease = 3_000;

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(JwsAlgorithm.ES256);
        await using var bed = await Bed.Make(server, "waits", 1_000, 1, BenchKey.KeySet(key), cancellationToken);
        using var client = new HttpClient { BaseAddress = bed.Gateway.Address, Timeout = TimeSpan.FromMinutes(1) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Bed.AdminToken);
        await Revoke(client, 20, cancellationToken);
        var one = await Revoke(client, plan.Revocations, cancellationToken);

        await using var second = await bed.StartGateway(cancellationToken);
        await using var third = await bed.StartGateway(cancellationToken);
        await Joined(second, cancellationToken);
        await Joined(third, cancellationToken);
        await Revoke(client, 20, cancellationToken);
        var three = await Revoke(client, plan.Revocations, cancellationToken);

        var frozen = new List<double>();
        for (var round = 0; round < plan.Freezes; round++)
        {
            await third.Signal("STOP", cancellationToken);
            try
            {
                frozen.AddRange(await Revoke(client, 1, cancellationToken));
            }
            finally
            {
                await third.Signal("CONT", CancellationToken.None);
            }

            Progress.Say($"waits: one of three frozen: {frozen[^1]:0} ms");
            await Joined(third, cancellationToken);
        }

        return
        [
            Of("waits.one", "deleting a token, one gateway: median (it waits for nobody)", one, 0.5, null),
            Of("waits.three", "deleting a token, three gateways: p99", three, 0.99, 20),
            Of("waits.three.median", "the same: median", three, 0.5, null),
            Of("waits.frozen", "deleting a token while one of three gateways is frozen: longest", frozen, 1, 2 * Lease),
        ];
    }

    private static Figure Of(string id, string what, List<double> times, double percentile, double? goal) => new(
        id, what, Percentiles.Of(times, percentile), times.Min(), times.Max(), goal, true, "ms", false, null,
        [new Side("gateway", 1000 / times.Average(), Percentiles.Of(times, 0.5), Percentiles.Of(times, 0.99))]);

    private static async Task<List<double>> Revoke(HttpClient client, int count, CancellationToken cancellationToken)
    {
        var times = new List<double>();
        for (var number = 0; number < count; number++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $$"""{"name":"revoked-{{Guid.NewGuid():N}}"}""");
            using var body = new StringContent(name, Encoding.UTF8, "application/json");
            using var made = await client.PostAsync(new Uri("/api/api-tokens", UriKind.Relative), body, cancellationToken);
            var id = JsonElement.Parse(await made.Content.ReadAsStringAsync(cancellationToken)).GetProperty("id").GetString();
            var began = Stopwatch.GetTimestamp();
            using var deleted = await client.DeleteAsync(new Uri($"/api/api-tokens/{id}", UriKind.Relative), cancellationToken);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (!deleted.IsSuccessStatusCode)
            {
                throw new BenchException($"a revocation was answered {(int)deleted.StatusCode}");
            }
        }

        return times;
    }

    private static async Task Joined(BenchProcess gateway, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = gateway.Address };
        while (true)
        {
            var text = await client.GetStringAsync(new Uri("/healthz/ready", UriKind.Relative), cancellationToken);
            if (JsonElement.Parse(text).GetProperty("checks").GetProperty("memory").GetProperty("status").GetString() == "ok")
            {
                return;
            }

            await Task.Delay(50, cancellationToken);
        }
    }
}
