using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Hoop.Bench;

/// <summary>
/// What was measured, as JSON in <c>bench/results/latest.json</c> and as the table of <c>docs/benchmarks.md</c>. Suites that did not
/// run keep what they had. A quick run is kept nowhere but in the scratch folder.
/// </summary>
internal sealed class Results(Plan plan)
{
    private const string Begin = "<!-- table: written by ./bench.sh -->";
    private const string End = "<!-- end of the table -->";

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly string Latest = Path.Combine(Folders.Results, "latest.json");
    private static readonly string Pictures = Path.Combine(Folders.Root, "docs", "plots");
    private static readonly string Document = Path.Combine(Folders.Root, "docs", "benchmarks.md");

    private readonly SortedDictionary<int, Suite> _suites = [];

    internal sealed record Suite(string Name, Conditions Conditions, IReadOnlyList<Figure> Figures);

    public IEnumerable<Figure> Figures => _suites.Values.SelectMany(suite => suite.Figures);

    public void Add(string suite, Conditions conditions, IReadOnlyList<Figure> figures) =>
        _suites[Order(suite)] = new Suite(suite, conditions, figures);

    /// <summary>Of this run alone.</summary>
    public string Table() => Table(_suites.Values);

    /// <returns>Where it went, for a person.</returns>
    public string Save()
    {
        if (plan.Quick)
        {
            Draw(Folders.Temporary, Figures, [new History.Run(default, new Dictionary<string, double>(StringComparer.Ordinal))]);
            var scratch = Path.Combine(Folders.Temporary, "quick.json");
            File.WriteAllText(scratch, JsonSerializer.Serialize(_suites.Values, Json) + "\n");
            return $"a quick run is not kept; it is in {Path.GetRelativePath(Folders.Root, scratch)}";
        }

        var all = new SortedDictionary<int, Suite>(_suites);
        foreach (var earlier in File.Exists(Latest) ? JsonSerializer.Deserialize<Suite[]>(File.ReadAllText(Latest), Json)! : [])
        {
            all.TryAdd(Order(earlier.Name), earlier);
        }

        File.WriteAllText(Latest, JsonSerializer.Serialize(all.Values, Json) + "\n");
        var text = File.ReadAllText(Document);
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal), text.IndexOf(End, StringComparison.Ordinal));
        if (begin < 0 || end < begin)
        {
            throw new BenchException($"{Document} has no place for the table: {Begin} … {End}");
        }

        var kept = History.Add(_suites.Values.First().Conditions.StartedAt, Figures, Json);
        Draw(Pictures, all.Values.SelectMany(suite => suite.Figures), kept);
        File.WriteAllText(Document, $"{text[..(begin + Begin.Length)]}\n{Shown()}{Table(all.Values)}\n{text[end..]}");
        return $"written to {Path.GetRelativePath(Folders.Root, Latest)} and {Path.GetRelativePath(Folders.Root, Document)}";
    }

    // A run of a few suites has not drawn all of them.
    private static string Shown() => string.Concat(
        new[] { ("rates", "rate over the size of the table"), ("latencies", "latencies at half of saturation"), ("ratios", "ratios of the last runs") }
            .Where(plot => File.Exists(Path.Combine(Pictures, $"{plot.Item1}.svg")))
            .Select(plot => $"\n![{plot.Item2}](plots/{plot.Item1}.svg)\n"));

    private static void Draw(string folder, IEnumerable<Figure> figures, IReadOnlyList<History.Run> runs)
    {
        Directory.CreateDirectory(folder);
        (string Name, string? Svg)[] plots =
            [("rates.svg", Plots.Rates(figures)), ("latencies.svg", Plots.Latencies(figures)), ("ratios.svg", Plots.Ratios(runs))];
        foreach (var (name, svg) in plots)
        {
            if (svg is not null)
            {
                File.WriteAllText(Path.Combine(folder, name), svg);
            }
        }
    }

    private static int Order(string suite) => Plan.AllSuites.ToList().IndexOf(suite);

    private static string Table(IEnumerable<Suite> suites)
    {
        var table = new StringBuilder();
        foreach (var (name, conditions, figures) in suites)
        {
            var memory = conditions.MemoryGibibytes.ToString("0.#", CultureInfo.InvariantCulture);
            table.Append(CultureInfo.InvariantCulture, $"\n### {name}\n\n")
                .Append(
                    CultureInfo.InvariantCulture,
                    $"{conditions.StartedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC, {conditions.Cores} cores of {conditions.Processor}, {memory} GiB, {conditions.System}, .NET {conditions.DotNet}")
                .Append(conditions.PostgreSql is { } version ? $", Npgsql {conditions.Npgsql}, PostgreSQL {version}" : "")
                .Append(
                    CultureInfo.InvariantCulture,
                    $";\nload average before {conditions.LoadBefore:0.0}; {conditions.Rounds} rounds of {conditions.Seconds} s, {conditions.Connections} connections")
                .Append(CultureInfo.InvariantCulture, $"; flushing 8 kB to disk {conditions.FlushMicroseconds:0} µs.\n\n")
                .Append("| what | median | spread | goal | met | rate of each | p99, ms | processor time, µs | allocated, B |\n")
                .Append("|---|---:|---:|---:|---|---:|---:|---:|---:|\n");
            foreach (var figure in figures)
            {
                table.Append(Row(figure)).Append('\n');
            }
        }

        return table.ToString();
    }

    private static string Row(Figure figure)
    {
        var goal = figure.Goal is { } number ? $"{(figure.AtMost ? "≤" : "≥")} {Value(number, figure.Unit)}" : "–";
        var met = figure.Noisy ? "noisy" : figure.Met switch { true => "yes", false => "no", null => "–" };
        var what = figure.Wrong is { } wrong ? $"{figure.What} **counts as zero: {wrong.Replace('|', '/')}**" : figure.What;
        return $"| {what} | {Value(figure.Median, figure.Unit)} | {Value(figure.Least, figure.Unit)} … {Value(figure.Most, figure.Unit)} | {goal} | {met} "
            + $"| {Each(figure, side => side.PerSecond, "N0")} | {Each(figure, side => side.P99, "0.0")} | {Each(figure, side => side.CpuMicroseconds, "0.0")} | {Each(figure, side => side.AllocatedBytes, "0")} |";
    }

    private static string Value(double value, string? unit)
    {
        var format = unit switch { null => "0.00", "ms" => "0.0", _ => "N0" };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    private static string Each(Figure figure, Func<Side, double?> value, string format) =>
        figure.Sides.All(side => value(side) is null)
            ? "–"
            : string.Join(" / ", figure.Sides.Select(side => value(side)?.ToString(format, CultureInfo.InvariantCulture) ?? "–"));
}
