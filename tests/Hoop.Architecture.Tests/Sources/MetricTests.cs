using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Sources;

/// <summary>
/// What the product counts is in the table of docs/operations.md, on the dashboard, and watched by an alert or left without one for a
/// reason; and none of them speaks of a metric that is not there.
/// </summary>
public sealed partial class MetricTests
{
    /// <summary>What is looked at and wakes nobody, and why.</summary>
    private static readonly Dictionary<string, string> WithoutAlert = new(StringComparer.Ordinal)
    {
        ["hoop.agents.channels"] = "as many as the agents have replicas; agents that are gone have an alert",
        ["hoop.agents.handshakes"] = "bounded by itself; those that are turned away have an alert",
        ["hoop.gateway.uptime"] = "a gateway that is down has an alert",
        ["hoop.memory.announcements"] = "as many as there are changes; those that are not confirmed have an alert",
        ["hoop.memory.drops"] = "answers stay right and become slower; a lease that is gone has an alert",
        ["hoop.memory.entries"] = "bounded by a setting",
        ["hoop.memory.hits"] = "a ratio that is usual differs from place to place",
        ["hoop.memory.misses"] = "a ratio that is usual differs from place to place",
    };

    private static readonly string[] Counted =
    [
        .. Product.Files("src", "*.cs").SelectMany(file => Instrument().Matches(file.Text)).Select(match => match.Groups["name"].Value)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
    ];

    [TestCase("docs/operations.md")]
    [TestCase("deploy/grafana/hoop.json")]
    public void Each_metric_is_in(string file)
    {
        Assert.That(Counted, Has.Length.GreaterThan(20));
        var named = Named(Text(file));

        Assert.That(Counted.Where(name => !named.Contains(Spelled(name))), Is.Empty, $"not in {file}");
    }

    [Test]
    public void Each_metric_has_an_alert_or_a_reason_for_none()
    {
        var watched = Named(Text("deploy/prometheus/hoop-alerts.yml"));

        Assert.That(
            Counted.Where(name => !watched.Contains(Spelled(name)) && !WithoutAlert.ContainsKey(name)), Is.Empty, "no alert and no reason");
        Assert.That(
            WithoutAlert.Keys.Where(name => watched.Contains(Spelled(name)) || !Counted.Contains(name)), Is.Empty, "needs no reason");
    }

    [TestCase("docs/operations.md")]
    [TestCase("deploy/grafana/hoop.json")]
    [TestCase("deploy/prometheus/hoop-alerts.yml")]
    public void No_metric_is_asked_for_that_is_not_counted(string file)
    {
        var known = Counted.Select(Spelled).ToHashSet(StringComparer.Ordinal);

        Assert.That(Named(Text(file)).Where(name => !known.Contains(name)), Is.Empty);
    }

    [TestCase("meter.CreateCounter<long>(\"hoop.a.b\", \"{x}\", \"…\")", "hoop.a.b")]
    [TestCase("_x = meters.Create(Name).CreateObservableGauge(\n        \"hoop.c\", () => 1)", "hoop.c")]
    [TestCase("meter.CreateHistogram<double>(\n    \"hoop.d_e\", \"s\", \"…\")", "hoop.d_e")]
    public void An_instrument_is_seen(string text, string name) =>
        Assert.That(Instrument().Match(text).Groups["name"].Value, Is.EqualTo(name));

    [TestCase("rate(hoop_a_b_total{job=\"x\"}[5m])", "hoop_a_b")]
    [TestCase("histogram_quantile(0.9, hoop_a_b_seconds_bucket)", "hoop_a_b")]
    public void A_name_is_seen_without_what_the_page_adds(string text, string name) => Assert.That(Named(text), Is.EqualTo(new[] { name }));

    // Of a document, the rows of its tables: it speaks of roles and databases too.
    private static string Text(string file) => string.Join('\n', File.ReadLines(Path.Combine(Product.Root, file))
        .Where(line => !file.EndsWith(".md", StringComparison.Ordinal) || line.StartsWith("| `", StringComparison.Ordinal)));

    private static string Spelled(string instrument) => instrument.Replace('.', '_');

    private static HashSet<string> Named(string text) =>
        [.. Name().Matches(text).Select(match => Added().Replace(match.Value, ""))];

    [GeneratedRegex(@"Create(Observable)?(Counter|Gauge|UpDownCounter|Histogram)(<\w+>)?\(\s*""(?<name>hoop\.[a-z_.]+)""")]
    private static partial Regex Instrument();

    [GeneratedRegex(@"\bhoop(_[a-z]+)+\b")]
    private static partial Regex Name();

    [GeneratedRegex("(_seconds)?(_total|_bucket|_count|_sum)?$")]
    private static partial Regex Added();
}
