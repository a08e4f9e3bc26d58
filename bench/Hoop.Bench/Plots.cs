using System.Globalization;
using System.Text;

namespace Hoop.Bench;

/// <summary>The figures as SVG, beside the document that shows them.</summary>
internal static class Plots
{
    private const int Width = 640;
    private const int Height = 320;
    private const int Left = 70;
    private const int Bottom = 270;
    private const int Top = 40;
    private const int Right = 480;

    private static readonly string[] Colours = ["#1f5fa8", "#c0562a", "#2f8f5b", "#7a4fa0", "#8a8a2a"];

    /// <summary>A line of points; null where there is none.</summary>
    internal sealed record Line(string Name, IReadOnlyList<double?> Values);

    /// <summary>Rates of resolve over the size of the table.</summary>
    public static string? Rates(IEnumerable<Figure> figures)
    {
        var rows = figures.Where(figure => figure.Sides.Count == 2 && figure.Id.StartsWith("resolve.prefix.", StringComparison.Ordinal))
            .ToArray();
        return rows.Length < 2 ? null : Draw(
            "Resolve by prefix: requests a second over the number of mappings",
            [.. rows.Select(row => row.Id["resolve.prefix.".Length..])],
            [new Line("gateway", [.. rows.Select(row => (double?)row.Sides[0].PerSecond)]),
                new Line("bare", [.. rows.Select(row => (double?)row.Sides[1].PerSecond)])]);
    }

    /// <summary>Latencies of the open loop.</summary>
    public static string? Latencies(IEnumerable<Figure> figures)
    {
        var rows = figures.Where(figure => figure.Id.StartsWith("latency.", StringComparison.Ordinal))
            .Select(figure => (Kind: figure.Id.Split('.')[1], Part: string.Join('.', figure.Id.Split('.')[2..]), figure.Median)).ToArray();
        var parts = rows.Select(row => row.Part).Distinct(StringComparer.Ordinal).ToArray();
        return rows.Length == 0 ? null : Draw(
            "Latency at half of saturation, open loop, in milliseconds",
            parts,
            [.. rows.GroupBy(row => row.Kind, StringComparer.Ordinal).Select(kind => new Line(kind.Key, [.. parts.Select(Of(kind))]))]);

        static Func<string, double?> Of(IEnumerable<(string Kind, string Part, double Median)> kind) =>
            part => kind.Where(row => row.Part == part).Select(row => (double?)row.Median).FirstOrDefault();
    }

    /// <summary>Ratios of the last kept runs.</summary>
    public static string? Ratios(IReadOnlyList<History.Run> runs)
    {
        string[] ids = ["auth.token.plain", "auth.svid.plain", "resolve.prefix.1e6", "create.bare"];
        return runs.Count < 2 ? null : Draw(
            "Gateway ÷ bare in the last kept runs",
            [.. runs.Select(run => run.At.UtcDateTime.ToString("MM-dd", CultureInfo.InvariantCulture))],
            [.. ids.Select(id => new Line(id, [.. runs.Select(run => Of(run, id))]))]);

        static double? Of(History.Run run, string id) => run.Medians.TryGetValue(id, out var median) ? median : null;
    }

    public static string Draw(string title, IReadOnlyList<string> labels, IReadOnlyList<Line> lines)
    {
        var most = lines.SelectMany(line => line.Values).Max() is { } found and > 0 ? found * 1.1 : 1;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">""")
            .Append(CultureInfo.InvariantCulture, $"""<rect width="{Width}" height="{Height}" fill="#fff"/><text x="{Left}" y="22" font-size="14">{Escaped(title)}</text>""");
        for (var step = 0; step <= 4; step++)
        {
            var value = most * step / 4;
            svg.Append(CultureInfo.InvariantCulture, $"""<line x1="{Left}" x2="{Right}" y1="{Y(value):0.#}" y2="{Y(value):0.#}" stroke="#ddd"/>""")
                .Append(CultureInfo.InvariantCulture, $"""<text x="{Left - 6}" y="{Y(value) + 4:0.#}" text-anchor="end">{Short(value)}</text>""");
        }

        for (var index = 0; index < labels.Count; index++)
        {
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{X(index):0.#}" y="{Bottom + 20}" text-anchor="middle">{Escaped(labels[index])}</text>""");
        }

        for (var number = 0; number < lines.Count; number++)
        {
            var colour = Colours[number % Colours.Length];
            var points = lines[number].Values.Select((value, index) => (value, index)).Where(point => point.value is not null)
                .Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.index):0.#},{Y(point.value!.Value):0.#}")).ToArray();
            svg.Append(CultureInfo.InvariantCulture, $"""<polyline fill="none" stroke="{colour}" stroke-width="2" points="{string.Join(' ', points)}"/>""");
            foreach (var point in points)
            {
                var (x, y) = (point.Split(',')[0], point.Split(',')[1]);
                svg.Append(CultureInfo.InvariantCulture, $"""<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>""");
            }

            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Right + 14}" y="{Top + 14 + (number * 18)}" fill="{colour}">{Escaped(lines[number].Name)}</text>""");
        }

        return svg.Append("</svg>\n").ToString();

        double X(int index) => labels.Count == 1 ? (Left + Right) / 2.0 : Left + 20 + ((Right - Left - 40.0) * index / (labels.Count - 1));
        double Y(double value) => Bottom - ((Bottom - Top) * value / most);
    }

    private static string Short(double value) => value >= 100 ? value.ToString("N0", CultureInfo.InvariantCulture)
        : value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Escaped(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal);
}
