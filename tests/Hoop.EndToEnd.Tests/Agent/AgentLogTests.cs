using Hoop.Cli.Agent;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>The lines of an agent, which people and scripts read.</summary>
internal sealed class AgentLogTests
{
    private readonly FakeClock _clock = new();

    [Test]
    public void A_line_is_the_time_in_UTC_and_what_happened_and_a_warning_says_that_it_is_one()
    {
        using var writer = new StringWriter();
        var log = new AgentLog(writer, _clock);

        log.Info("connected");
        log.Warning("refused");

        var now = AgentLog.Moment(_clock.GetUtcNow());
        Assert.That(now, Does.Match("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$"));
        Assert.That(writer.ToString(), Is.EqualTo($"{now} connected\n{now} warning: refused\n"));
    }

    [TestCase("2026-11-27T01:02:03.999+00:00", "2026-11-27T01:02:03Z")]
    [TestCase("2026-11-27T01:02:03+05:30", "2026-11-26T19:32:03Z")]
    [TestCase("0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00Z")]
    public void A_moment_is_UTC_in_whole_seconds(string moment, string expected) =>
        Assert.That(
            AgentLog.Moment(DateTimeOffset.Parse(moment, System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(expected));

    [Test]
    public void Whatever_is_in_a_message_it_is_one_line()
    {
        using var writer = new StringWriter();

        new AgentLog(writer, _clock).Info("a\nb\u001b[31m\rc");

        var text = writer.ToString();
        Assert.That(text, Does.EndWith("\n"));
        Assert.That(text[..^1].Any(char.IsControl), Is.False, text);
    }
}
