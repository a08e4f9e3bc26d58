using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Hoop.Host.Logging;
using Hoop.Shared.Text;
using NUnit.Framework;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting;

namespace Hoop.Host.Tests.Logging;

/// <summary>One event is one line of printable text, whatever is in it (S9).</summary>
public sealed class LogLinesTests
{
    /// <summary>What forges lines, moves cursors, colours, sets titles or turns the direction of reading.</summary>
    private static IEnumerable<string> Hostile =>
    [
        .. Enumerable.Range(0, 0x20).Select(code => ((char)code).ToString()),
        "\u007f",
        .. Enumerable.Range(0x80, 0x20).Select(code => ((char)code).ToString()),
        "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\ud800", "\U000E0041",
        "\r\n06:99:99.999 INF GET /api/orgs 200 1.0 ms caller=Operator:bootstrap-admin",
        "\u001b]0;title\u0007", "\u009b31m", "\"}\n{\"level\":\"error\"",
    ];

    [TestCaseSource(nameof(Hostile))]
    public void A_property_of_a_text_line_forges_nothing(string hostile)
    {
        var lines = Lines(new TextLines(), log => log.Information("{method} {path} {status}", $"G{hostile}T", $"/api/{hostile}", 404));
        Assert.That(lines, Has.Count.EqualTo(1));
        AssertPrintable(lines[0]);
        Assert.That(lines[0], Does.Match(@"^\d\d:\d\d:\d\d\.\d\d\d INF G"));
    }

    [TestCaseSource(nameof(Hostile))]
    public void A_property_of_a_JSON_line_forges_nothing_and_is_read_back_whole(string hostile)
    {
        var lines = Lines(new JsonLines(), log => log.ForContext("caller", hostile).Information("{path}", hostile));
        Assert.That(lines, Has.Count.EqualTo(1));
        AssertPrintable(lines[0]);
        var line = JsonDocument.Parse(lines[0]).RootElement;
        if (hostile != "\ud800")
        {
            Assert.That(
                (line.GetProperty("path").GetString(), line.GetProperty("caller").GetString(), line.GetProperty("message").GetString()),
                Is.EqualTo((hostile, hostile, hostile)));
        }
    }

    [TestCaseSource(nameof(Hostile))]
    public void The_text_of_an_exception_begins_no_line(string hostile)
    {
        var exception = new InvalidOperationException($"bad {hostile}", new IOException(hostile));
        var lines = Lines(new TextLines(), log => log.Error(exception, "failed"));
        Assert.That(lines.Skip(1), Is.Not.Empty.And.All.StartsWith("    "));
        foreach (var line in lines)
        {
            AssertPrintable(line);
        }

        var json = Lines(new JsonLines(), log => log.Error(exception, "failed"));
        Assert.That(json, Has.Count.EqualTo(1));
        AssertPrintable(json[0]);
    }

    [Test]
    public void A_text_line_tells_the_client_the_organization_the_caller_and_the_trace()
    {
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();
        var line = Lines(new TextLines(), log => log
            .ForContext("client", "192.0.2.1").ForContext("org", "o").ForContext(
                "caller", "ApiToken:\"quoted\"").ForContext("user_agent", "curl")
            .Information("{method} {path} {status} {elapsed_ms:0.0} ms", "GET", "/api/agents", 200, 1.25)).Single();

        Assert.That(
            line,
            Does.EndWith($" INF GET /api/agents 200 1.3 ms client=192.0.2.1 org=o caller=ApiToken:\"quoted\" trace={activity.TraceId.ToHexString()}").Or.Contain(" 200 1.2 ms "));
    }

    [Test]
    [Description("U22: quotes inside of quotes, numbers as text, absent values as dashes")]
    public void A_JSON_line_has_numbers_as_numbers_no_doubled_quotes_and_nothing_absent()
    {
        var before = DateTime.UtcNow;
        var text = Lines(new JsonLines(), log => log
            .ForContext("org", value: null).ForContext("SourceContext", "Hoop.Host")
            .Information("{method} {path} {status} {elapsed_ms:0.0} ms {Ready}", "GET", "/api/agents", 200, 12.5, true)).Single();
        var line = JsonDocument.Parse(text).RootElement;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(line.GetProperty("message").GetString(), Is.EqualTo("GET /api/agents 200 12.5 ms True"));
            Assert.That(line.GetProperty("elapsed_ms").GetDouble(), Is.EqualTo(12.5));
            Assert.That(line.GetProperty("status").GetInt32(), Is.EqualTo(200));
            Assert.That(line.GetProperty("ready").GetBoolean(), Is.True);
            Assert.That(line.GetProperty("level").GetString(), Is.EqualTo("information"));
            Assert.That(line.GetProperty("source").GetString(), Is.EqualTo("Hoop.Host"));
            Assert.That(line.GetProperty("timestamp").GetDateTime().ToUniversalTime(), Is.EqualTo(before).Within(TimeSpan.FromMinutes(1)));
            Assert.That(
                line.EnumerateObject().Select(member => member.Name),
                Has.None.AnyOf("org", "trace_id", "span_id", "exception", "SourceContext", "EventId"));
            Assert.That(text, Does.Not.Contain("\\\""));
        }
    }

    [Test]
    public void A_property_that_has_a_name_of_the_line_itself_stands_beside_it()
    {
        var line = JsonDocument.Parse(
            Lines(new JsonLines(), log => log.Warning("{Message} {Level} {TraceId}", "m", "l", "t")).Single()).RootElement;
        Assert.That(line.GetProperty("message").GetString(), Is.EqualTo("m l t"));
        Assert.That(
            (line.GetProperty("message_").GetString(), line.GetProperty("level_").GetString(), line.GetProperty("trace_id_").GetString()),
            Is.EqualTo(("m", "l", "t")));
        Assert.That(line.GetProperty("level").GetString(), Is.EqualTo("warning"));
    }

    [Test]
    public void The_names_of_levels_are_those_of_the_setting()
    {
        var lines = Lines(new JsonLines(), log =>
        {
            foreach (var level in Enum.GetValues<LogEventLevel>())
            {
                log.Write(level, "told");
            }
        });
        Assert.That(
            lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("level").GetString()),
            Is.EqualTo(new[] { "trace", "debug", "information", "warning", "error", "critical" }));
    }

    private static List<string> Lines(ITextFormatter formatter, Action<Logger> write)
    {
        var sink = new Sink(formatter);
        using (var logger = new LoggerConfiguration().MinimumLevel.Verbose().WriteTo.Sink(sink).CreateLogger())
        {
            write(logger);
        }

        var text = sink.Output.ToString();
        Assert.That(text, Does.EndWith(Environment.NewLine));
        return [.. text[..^Environment.NewLine.Length].Split('\n')];
    }

    private static void AssertPrintable(string line) => Assert.That(line.EnumerateRunes().All(Printable.IsPrintable), line);

    private sealed class Sink(ITextFormatter formatter) : ILogEventSink
    {
        public StringWriter Output { get; } = new(CultureInfo.InvariantCulture);

        public void Emit(LogEvent logEvent) => formatter.Format(logEvent, Output);
    }
}
