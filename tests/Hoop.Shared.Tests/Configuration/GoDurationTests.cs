using Hoop.Shared.Configuration;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Configuration;

/// <summary>Durations as operators write them.</summary>
public sealed class GoDurationTests
{
    [TestCase("0s", 0)]
    [TestCase("250ms", 250)]
    [TestCase("45s", 45_000)]
    [TestCase("1m", 60_000)]
    [TestCase("1h30m", 5_400_000)]
    [TestCase("1h1m1s1ms", 3_661_001)]
    [TestCase("1.5h", 5_400_000)]
    [TestCase(".5s", 500)]
    [TestCase("90m", 5_400_000)]
    [TestCase("1m1h", 3_660_000, Description = "in any order, as Go takes it")]
    [TestCase("30s30s", 60_000, Description = "and repeated")]
    [TestCase("87600h", 315_360_000_000)]
    public void A_duration_is_read(string text, long milliseconds)
    {
        Assert.That(GoDuration.TryParse(text, out var duration), Is.True);
        Assert.That(duration.TotalMilliseconds, Is.EqualTo(milliseconds));
    }

    [TestCase("")]
    [TestCase("5")]
    [TestCase("h")]
    [TestCase("1 h")]
    [TestCase(" 1h")]
    [TestCase("1h ")]
    [TestCase("-1h")]
    [TestCase("+1h")]
    [TestCase("1d")]
    [TestCase("1H")]
    [TestCase("1us")]
    [TestCase("1..5s")]
    [TestCase("1,5s")]
    [TestCase("1e3s")]
    [TestCase("Infinitys")]
    [TestCase("1h30")]
    [TestCase("87601h", Description = "more than ten years is a mistake")]
    [TestCase("99999999999999999999999h")]
    public void What_is_no_duration_is_refused(string text) => Assert.That(GoDuration.TryParse(text, out _), Is.False);

    [TestCase(0, "0s")]
    [TestCase(250, "250ms")]
    [TestCase(60_000, "1m")]
    [TestCase(3_661_001, "1h1m1s1ms")]
    [TestCase(86_400_000, "24h")]
    [TestCase(2_764_800_000, "768h")]
    public void A_duration_is_written_in_its_shortest_form_and_read_back(long milliseconds, string text)
    {
        var duration = TimeSpan.FromMilliseconds(milliseconds);
        Assert.That(GoDuration.Format(duration), Is.EqualTo(text));
        Assert.That(GoDuration.TryParse(text, out var again), Is.True);
        Assert.That(again, Is.EqualTo(duration));
    }
}
