using System.Diagnostics;
using NUnit.Framework;

namespace Hoop.GoTemplates.Tests;

internal sealed class TemplateLimitsTests
{
    [Test]
    public void Source_is_counted_in_bytes()
    {
        Assert.That(Sample.TryParse(new string('x', TemplateLimits.SourceBytes), out _, out _), Is.True);
        Assert.That(Sample.TryParse(new string('é', (TemplateLimits.SourceBytes / 2) + 1), out _, out var error), Is.False);
        Assert.That(error!.Message, Is.EqualTo("the template is longer than 4096 bytes"));
    }

    [Test]
    public void Nesting_ends_at_the_limit_wherever_it_comes_from()
    {
        var depth = TemplateLimits.Nesting;
        foreach (var (open, middle, close) in new[] { ("{{if 1}}", "", "{{end}}"), ("{{with 1}}", "", "{{end}}"),
            ("{{range 1}}", "", "{{end}}"), ("(", "1", ")") })
        {
            Assert.That(Parses(depth), Is.True, open);
            Assert.That(Parses(depth + 1), Is.False, open);

            bool Parses(int count)
            {
                var source = string.Concat(Enumerable.Repeat(open, count)) + middle + string.Concat(Enumerable.Repeat(close, count));
                return Sample.TryParse(open == "(" ? "{{" + source + "}}" : source, out _, out _);
            }
        }
    }

    [Test]
    public void A_template_that_calls_itself_ends() =>
        Assert.That(
            Refusal("{{define \"a\"}}{{if true}}{{template \"a\" .}}{{end}}{{end}}{{template \"a\" .}}"), Does.Contain("deeper than 256"));

    [TestCase("%1000000d", "1")]
    [TestCase("%-1000000s", "`x`")]
    [TestCase("%.1000000f", "1.5")]
    [TestCase("%#.1000000g", "1.5")]
    [TestCase("%01000000x", "`x`")]
    [TestCase("%.1000000U", "1")]
    public void A_huge_width_or_precision_is_refused_without_allocating_for_it(string format, string value)
    {
        var source = "{{printf \"" + format + "\" " + value + "}}";
        Refusal(source);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var refusal = Refusal(source);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
        Assert.That(refusal, Does.Contain("longer than 4096 bytes"));
    }

    [Test]
    public void Output_ends_at_the_limit() =>
        Assert.That(
            Refusal("{{$x := printf \"%1000d\" 1}}{{$x}}{{$x}}{{$x}}{{$x}}{{$x}}"), Does.Contain("the output is longer than 4096 bytes"));

    /// <summary>Each work of many calls: calls alone, the longest texts, the numbers with the most digits.</summary>
    [TestCase("")]
    [TestCase("{{$x := printf `%4000d` 1}}{{$y := printf `%q` $x}}{{if eq $x $x $x $x $y}}{{end}}")]
    [TestCase("{{$x := printf `%.1000f%.1000f` 5e-324 5e-324}}")]
    [TestCase("{{$x := printf `%.30g%.30g%.30g%.30g%.30g%.30g` 5e-324 5e-324 5e-324 5e-324 5e-324 5e-324}}")]
    [TestCase("{{$x := js (html (urlquery .SPIFFEID))}}")]
    public void Work_ends_at_the_same_step_every_time_and_well_before_the_time_limit(string work)
    {
        var template = Sample.Parsed(Doubling(16, work));
        var spans = new List<TimeSpan>();
        for (var i = 0; i < 5; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Assert.That(template.TryRender(["w", "s"], out _, out var error, new StoppedClock()), Is.False);
            spans.Add(Stopwatch.GetElapsedTime(started));
            Assert.That(error, Does.EndWith($"the template needs more than {TemplateLimits.Steps} steps"));
        }

        Assert.That(spans.Min(), Is.LessThan(TemplateLimits.Time), "the fastest of five, since other work may share the machine");
    }

    [Test]
    public void Time_ends_a_template_that_is_slow_for_whatever_reason()
    {
        Assert.That(Sample.Parsed(Doubling(16, "")).TryRender(["w", "s"], out _, out var error, new LeapingClock()), Is.False);
        Assert.That(error, Does.EndWith("the template needs more than 50 ms"));
    }

    [Test]
    public void An_ordinary_template_is_not_refused_because_the_machine_is_slow() =>
        Assert.That(Sample.Parsed("agent-{{.WorkloadIdentifier}}").TryRender(["w", "s"], out _, out _, new LeapingClock()), Is.True);

    /// <summary>Templates that each call the next one twice: 2^depth calls of the last.</summary>
    private static string Doubling(int depth, string last) =>
        string.Concat(
            Enumerable.Range(0,
                depth).Select(i => $"{{{{define `t{i}`}}}}{{{{template `t{i + 1}` .}}}}{{{{template `t{i + 1}` .}}}}{{{{end}}}}"))
        + $"{{{{define `t{depth}`}}}}{last}{{{{end}}}}{{{{template `t0` .}}}}";

    private static string Refusal(string source)
    {
        Assert.That(Sample.Parsed(source).TryRender(["w", "s"], out _, out var error), Is.False);
        return error!;
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override long GetTimestamp() => 0;
    }

    private sealed class LeapingClock : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => _now += TimestampFrequency;
    }
}
