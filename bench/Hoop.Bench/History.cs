using System.Text.Json;

namespace Hoop.Bench;

/// <summary>The medians of the last kept runs, in <c>bench/results/history.json</c>.</summary>
internal static class History
{
    private const int Kept = 30;

    private static readonly string Place = Path.Combine(Folders.Results, "history.json");

    internal sealed record Run(DateTimeOffset At, IReadOnlyDictionary<string, double> Medians);

    /// <summary>Adds a run; answers all that are kept, oldest first.</summary>
    public static IReadOnlyList<Run> Add(DateTimeOffset at, IEnumerable<Figure> figures, JsonSerializerOptions json)
    {
        var before = File.Exists(Place) ? JsonSerializer.Deserialize<Run[]>(File.ReadAllText(Place), json)! : [];
        var medians = figures.Where(figure => figure.Wrong is null)
            .ToDictionary(figure => figure.Id, figure => Math.Round(figure.Median, 3), StringComparer.Ordinal);
        Run[] runs = [.. before.Append(new Run(at, medians)).TakeLast(Kept)];
        File.WriteAllText(Place, JsonSerializer.Serialize(runs, json) + "\n");
        return runs;
    }
}
