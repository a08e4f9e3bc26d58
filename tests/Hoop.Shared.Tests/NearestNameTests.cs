using NUnit.Framework;

namespace Hoop.Shared.Tests;

public sealed class NearestNameTests
{
    private static readonly string[] Known = ["data_dir", "database_url", "listen", "page_size", "page_token"];

    [TestCase("listne", "listen")]
    [TestCase("lsten", "listen")]
    [TestCase("page_sice", "page_size")]
    [TestCase("databse_ulr", "database_url")]
    [TestCase("data", "data_dir", Description = "it goes on with another word")]
    [TestCase("LISTEN", null, Description = "letters count in their case")]
    [TestCase("weather", null)]
    [TestCase("", null)]
    public void The_nearest_name_is_the_one_that_was_meant(string name, string? meant) =>
        Assert.That(NearestName.Of(name, Known), Is.EqualTo(meant));

    [Test]
    public void Where_nothing_is_known_nothing_was_meant()
    {
        Assert.That(NearestName.Of("listen", []), Is.Null);
        Assert.That(NearestName.Hint("listen", []), Is.Empty);
    }

    [Test]
    public void What_is_longer_than_any_name_is_compared_with_none() =>
        Assert.That(NearestName.Of(new string('x', 65), [new string('x', 66)]), Is.Null);

    [Test]
    public void A_hint_stands_behind_a_refusal() =>
        Assert.That($"unknown key{NearestName.Hint("pge_size", Known)}", Is.EqualTo("unknown key; did you mean page_size?"));
}
