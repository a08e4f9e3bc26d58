using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Hoop.Shared.Jose;

namespace Hoop.Bench;

/// <summary>
/// POST /api/spiffe-mappings/import: mappings a second, each with its audit row, and whether the gateway's memory stays flat meanwhile.
/// </summary>
internal static class ImportBench
{
    private const int PartOf = 20_000;

    public static async Task<IReadOnlyList<Figure>> Run(Plan plan, BenchServer server, CancellationToken cancellationToken)
    {
        using var key = new BenchKey(JwsAlgorithm.ES256);
        await using var bed = await Bed.Make(server, "import", 1_000, 1, BenchKey.KeySet(key), cancellationToken);
        using var client = new HttpClient { BaseAddress = bed.Gateway.Address, Timeout = TimeSpan.FromMinutes(30) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Bed.AdminToken);

        // The pool, the plans and the code are warm, and the memory has its usual size.
        await Import(client, "warm", PartOf, cancellationToken);
        var (before, cpu, watch) = (bed.Gateway.ResidentBytes, bed.Gateway.ProcessorTime, Stopwatch.StartNew());
        var most = before;
        using var looking = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var look = Look(looking.Token);
        var wrong = await Import(client, "run", plan.Imported, cancellationToken);
        var (seconds, used) = (watch.Elapsed.TotalSeconds, bed.Gateway.ProcessorTime - cpu);
        await looking.CancelAsync();
        await look;

        var (rate, growth) = (plan.Imported / seconds, (most - before) / 1048576.0);
        var what = string.Create(CultureInfo.InvariantCulture, $"mappings imported a second, of {plan.Imported:N0}, each with its audit row");
        var side = new Side("gateway", rate, CpuMicroseconds: used.TotalMicroseconds / plan.Imported);
        return
        [
            new Figure("import.rate", what, wrong is null ? rate : 0, rate, rate, 20_000, false, "/s", false, wrong, [side]),
            new Figure("import.memory", "growth of the gateway's memory meanwhile", growth, growth, growth, 100, true, "MiB", false, null, [side]),
        ];

        async Task Look(CancellationToken stop)
        {
            while (!stop.IsCancellationRequested)
            {
                most = Math.Max(most, bed.Gateway.ResidentBytes);
                await Task.Delay(100, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static async Task<string?> Import(HttpClient client, string name, int count, CancellationToken cancellationToken)
    {
        using var content = new Lines(name, count);
        using var response = await client.PostAsync(new Uri("/api/spiffe-mappings/import", UriKind.Relative), content, cancellationToken);
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        return response.IsSuccessStatusCode && JsonElement.Parse(text).GetProperty("created").GetInt64() == count ? null : text;
    }

    /// <summary>Made while they are sent, as a client does that reads a file.</summary>
    private sealed class Lines : HttpContent
    {
        private readonly string _name;
        private readonly int _count;

        public Lines(string name, int count)
        {
            (_name, _count) = (name, count);
            Headers.ContentType = new MediaTypeHeaderValue("application/x-ndjson");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            var text = new StringBuilder();
            for (var i = 0; i < _count; i++)
            {
                text.Append(
                    CultureInfo.InvariantCulture,
                    $$"""{"trust_domain":"{{Bed.TrustDomain}}","spiffe_id":"spiffe://{{Bed.TrustDomain}}/{{_name}}/{{i}}","agent_id":"{{Bed.Agent}}","groups":["workers","production"]}""")
                    .Append('\n');
                if (i % 500 == 499 || i == _count - 1)
                {
                    await stream.WriteAsync(Encoding.UTF8.GetBytes(text.ToString()));
                    text.Clear();
                }
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
