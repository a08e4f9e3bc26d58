using Hoop.Identity.Vault;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Vault;

/// <summary>Vault's times and truth values, as its clients write them.</summary>
public sealed class VaultDurationTests
{
    [TestCase("", 0)]
    [TestCase("0", 0)]
    [TestCase("30", 30)]
    [TestCase("030", 30)]
    [TestCase("90s", 90)]
    [TestCase("24h", 86_400)]
    [TestCase("1h30m", 5_400)]
    [TestCase("1d", 86_400)]
    [TestCase("7d", 604_800)]
    [TestCase("3650d", 315_360_000)]
    public void A_time_is_read(string text, int seconds)
    {
        Assert.That(VaultDuration.TryParse(text, out var duration), Is.True);
        Assert.That(duration.TotalSeconds, Is.EqualTo(seconds));
    }

    [TestCase("soon")]
    [TestCase("1 h")]
    [TestCase("d")]
    [TestCase("1.5d")]
    [TestCase("3651d")]
    [TestCase("1w")]
    [TestCase("99999999999")]
    [TestCase("99999999999999999999999")]
    [TestCase("١", Description = "a digit of another script")]
    public void What_is_no_time_is_refused(string text) => Assert.That(VaultDuration.TryParse(text, out _), Is.False);

    [TestCase("1", true)]
    [TestCase("t", true)]
    [TestCase("T", true)]
    [TestCase("TRUE", true)]
    [TestCase("true", true)]
    [TestCase("True", true)]
    [TestCase("0", false)]
    [TestCase("f", false)]
    [TestCase("F", false)]
    [TestCase("FALSE", false)]
    [TestCase("false", false)]
    [TestCase("False", false)]
    public void A_truth_value_is_read_as_Go_reads_it(string text, bool expected)
    {
        Assert.That(GoBool.TryParse(text, out var value), Is.True);
        Assert.That(value, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("yes")]
    [TestCase("tRUE")]
    [TestCase(" true")]
    [TestCase("2")]
    [TestCase("on")]
    public void No_other_spelling_is_a_truth_value(string text) => Assert.That(GoBool.TryParse(text, out _), Is.False);
}
