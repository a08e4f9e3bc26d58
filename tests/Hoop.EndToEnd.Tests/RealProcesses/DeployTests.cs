using System.ComponentModel;
using System.Diagnostics;
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
        var rules = await Run("promtool", "test", "rules", Path.Combine(Folder, "prometheus/hoop-alerts.test.yml"));
        Assert.That(rules.Code, Is.Zero, rules.Output);
    }

    [TestCase("hoop-gateway.service")]
    [TestCase("hoop-agent.service")]
    public async Task Systemd_reads_the_unit_without_a_word_and_finds_it_confined(string unit)
    {
        // The program that it starts is not installed here: that alone may be said.
        var file = Path.Combine(Folder, "systemd", unit);
        var verified = await Run("systemd-analyze", "verify", file);
        var security = await Run("systemd-analyze", "security", "--offline=true", "--threshold=40", file);

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

    private static IEnumerable<string> Metrics(string text) =>
        MetricName().Matches(text).Select(match => Suffix().Replace(match.Value, ""));

    [GeneratedRegex(@"\b(hoop_[a-z]+_|http_server_|db_client_)[a-z_]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex MetricName();

    [GeneratedRegex("_(bucket|count|sum)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Suffix();

    private static async Task<(int Code, string Output)> Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments)
                {
                    UseShellExecute = false,
                    RedirectStandardOutput = true,
                    RedirectStandardError = true,
                })!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            Assert.Ignore($"{program} is not on this machine");
            throw;
        }
    }
}
