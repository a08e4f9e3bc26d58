using System.Text.Json;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>What operators take from <c>deploy/</c>, by the programs that will read it.</summary>
internal sealed partial class DeployTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "deploy");

    [Test]
    public async Task Each_alert_fires_when_it_should_and_is_silent_when_not()
    {
        var rules = await MachineProgram.Run("promtool", "test", "rules", Path.Combine(Folder, "prometheus/hoop-alerts.test.yml"));
        Assert.That(rules.Code, Is.Zero, rules.Output);
    }

    [TestCase("hoop-gateway.service")]
    [TestCase("hoop-agent.service")]
    public async Task Systemd_reads_the_unit_without_a_word_and_finds_it_confined(string unit)
    {
        // The program that it starts is not installed here: that alone may be said.
        var file = Path.Combine(Folder, "systemd", unit);
        var verified = await MachineProgram.Run("systemd-analyze", "verify", file);
        var security = await MachineProgram.Run("systemd-analyze", "security", "--offline=true", "--threshold=40", file);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(
                verified.Output.Split('\n').Where(line => line.Length > 0 && !line.Contains("is not executable", StringComparison.Ordinal)),
                Is.Empty);
            Assert.That(security.Code, Is.Zero, security.Output);
        }
    }

    [Test]
    public void The_dashboard_and_the_alerts_ask_for_the_same_job_and_for_metrics_that_are_documented()
    {
        var documented = Metrics(File.ReadAllText(Path.Combine(Folder, "../docs-operations.md"))).ToHashSet(StringComparer.Ordinal);
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "grafana/hoop.json")));
        var asked = dashboard.RootElement.GetProperty("panels").EnumerateArray()
            .SelectMany(panel => panel.GetProperty("targets").EnumerateArray())
            .Select(target => target.GetProperty("expr").GetString()!)
            .Append(File.ReadAllText(Path.Combine(Folder, "prometheus/hoop-alerts.yml")))
            .SelectMany(Metrics)
            .Distinct(StringComparer.Ordinal)
            .ToArray();

        Assert.That(asked, Is.Not.Empty);
        Assert.That(asked.Except(documented, StringComparer.Ordinal), Is.Empty, "not in docs/operations.md");
    }

    [Test]
    public async Task The_chart_passes_its_linter()
    {
        var lint = await MachineProgram.Run("helm", ["lint", "--strict", Chart, .. Needed]);
        Assert.That(lint.Code, Is.Zero, lint.Output);
    }

    [TestCase("gateway.secretName", "name an existing secret with database-url, encryption-key and admin-token; the chart makes none")]
    [TestCase("gateway.publicUrl", "set the address that people and agents use")]
    [TestCase("agent.secretName", "name an existing secret with agent-key")]
    [Description("C16: charts that make passwords made new ones at each upgrade")]
    public async Task What_is_missing_is_asked_for_and_never_made(string value, string asked)
    {
        var chart = await Render("--set", "agent.enabled=true", "--set", $"{value}=");
        Assert.That(chart.Code, Is.Not.Zero);
        Assert.That(chart.Output, Does.Contain($"{value}: {asked}"));
    }

    [Test]
    [Description("C17: large numbers came out as 2.592e+06")]
    public async Task Numbers_come_out_as_they_were_written()
    {
        var chart = await Render(
            "--set", "gateway.settings.HOOP_QUOTA_MAPPINGS=2592000000", "--set", "gateway.shutdownDelay=2592000", "--set",
            "gateway.gracePeriod=2592001", "--set", "gateway.replicas=1000000");

        Assert.That(
            chart.Output,
            Does.Contain("value: \"2592000000\"").And.Contain("value: \"2592000s\"").And.Contain("terminationGracePeriodSeconds: 2592001")
                .And.Contain("replicas: 1000000").And.Not.Contain("e+"));
    }

    [Test]
    public async Task Each_container_is_confined_and_each_setting_is_one_of_ours()
    {
        var chart = (await Render(
            "--set", "agent.enabled=true", "--set", "agent.identity=spiffe", "--set", "agent.spiffe.audience=hoop", "--set",
            "gateway.serviceMonitor.enabled=true")).Output;
        var containers = Regex.Count(chart, "^ +image: ", RegexOptions.Multiline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(containers, Is.EqualTo(3));
            foreach (var line in new[] { "readOnlyRootFilesystem: true", "allowPrivilegeEscalation: false", "drop: [ALL]" })
            {
                Assert.That(chart.Split(line), Has.Length.EqualTo(containers + 1), line);
            }

            Assert.That(chart.Split("runAsNonRoot: true"), Has.Length.EqualTo(3), "a pod each");
            Assert.That(
                SettingName().Matches(chart).Select(match => match.Value)
                    .Where(name => !Hoop.Host.Startup.GatewaySettings.Known.Contains(name)),
                Is.Empty);
        }
    }

    private static string Chart => Path.Combine(Folder, "helm/hoop");

    private static string[] Needed => ["--set", "gateway.secretName=mine,gateway.publicUrl=https://hoop.example.com,agent.secretName=key"];

    private static Task<(int Code, string Output)> Render(params string[] settings) =>
        MachineProgram.Run("helm", ["template", "r", Chart, "--kube-version", "1.30.0", .. Needed, .. settings]);

    [GeneratedRegex(@"\bHOOP_[A-Z_]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SettingName();

    private static IEnumerable<string> Metrics(string text) =>
        MetricName().Matches(text).Select(match => Suffix().Replace(match.Value, ""));

    [GeneratedRegex(@"\b(hoop_[a-z]+_|http_server_|db_client_)[a-z_]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|count|sum)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Suffix();
}
