using System.Globalization;
using System.Text.Json;

namespace Hoop.Bench;

/// <summary>The load generator, from the Debian package of the same name.</summary>
internal static class Wrk
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private static readonly string Script = Path.Combine(AppContext.BaseDirectory, "wrk", "requests.lua");

    internal sealed record Outcome(long Requests, long Microseconds, long P50, long P99, long StatusErrors, long SocketErrors);

    public static void Demand()
    {
        if (Tool.Find("wrk") is null)
        {
            throw new BenchException(
                "wrk is not installed; install it (Debian: apt-get install wrk), or run ./bench.sh verify, which does without");
        }
    }

    public static async Task<Outcome> Run(
        Uri address, IReadOnlyList<BenchRequest> requests, int seconds, CancellationToken cancellationToken)
    {
        var file = Path.Combine(Folders.Scratch, "requests.tsv");
        await File.WriteAllLinesAsync(file, requests.Select(request => request.Line), cancellationToken);
        var output = await Tool.Run(
            "wrk",
            ["-t", Text(Plan.Threads), "-c", Text(Plan.Connections), "-d", $"{seconds}s", "--timeout", "10s", "-s", Script,
                address.AbsoluteUri, "--", file],
            TimeSpan.FromSeconds(seconds + 30),
            cancellationToken);
        var line = output.Split('\n').FirstOrDefault(text => text.StartsWith("RESULT ", StringComparison.Ordinal))
            ?? throw new BenchException($"wrk ended without a result: {output.Trim()}");
        return JsonSerializer.Deserialize<Outcome>(line["RESULT ".Length..], Json)!;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
