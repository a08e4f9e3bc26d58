using Hoop.Identity.Mounts;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Mounts;

/// <summary>Tables of what a mount's path and settings may be.</summary>
public sealed class MountRulesTests
{
    [TestCase("people", "people/")]
    [TestCase("/people/", "people/")]
    [TestCase("people/of/data", "people/of/data/")]
    [TestCase("a.b_c:d@e-f", "a.b_c:d@e-f/")]
    [TestCase("tuner", "tuner/")]
    [TestCase("", null)]
    [TestCase("/", null)]
    [TestCase("tune", null)]
    [TestCase("people/tune", null)]
    [TestCase("people//data", null)]
    [TestCase("people/../data", null)]
    [TestCase("./people", null)]
    [TestCase("two words", null)]
    [TestCase("péople", null)]
    [TestCase("a?b", null)]
    [TestCase("a%2fb", null)]
    public void A_path(string text, string? expected) => Assert.That(MountPath.Of(text), Is.EqualTo(expected));

    [Test]
    public void A_path_has_at_most_256_characters()
    {
        Assert.That(MountPath.Of(new string('a', 256)), Is.Not.Null);
        Assert.That(MountPath.Of(new string('a', 257)), Is.Null);
    }

    [TestCase("people/tune", "people", true)]
    [TestCase("/people/tune/", "people", true)]
    [TestCase("people", "people", false)]
    [TestCase("tune", "tune", false)]
    [TestCase("a/tuned", "a/tuned", false)]
    public void A_path_that_ends_with_tune_means_the_settings(string text, string path, bool isTune) =>
        Assert.That(MountPath.OfTune(text), Is.EqualTo((path, isTune)));

    [TestCase("", 0)]
    [TestCase("0", 0)]
    [TestCase("system", 0)]
    [TestCase("90", 90)]
    [TestCase("1h30m", 5400)]
    [TestCase("-1", null)]
    [TestCase("-1h", null)]
    [TestCase("soon", null)]
    [TestCase("1.5", null)]
    [TestCase("99999999999999999999", null)]
    [TestCase("999999999999", null, Description = "longer than ten years is a mistake")]
    public void A_time(string text, int? expected) => Assert.That(MountConfig.SecondsOf(text), Is.EqualTo((long?)expected));

    [TestCase("default_lease_ttl", "soon", "default_lease_ttl: use whole seconds or a duration such as 24h")]
    [TestCase("max_lease_ttl", "-1", "max_lease_ttl: use whole seconds or a duration such as 24h")]
    [TestCase("token_type", "magic", "invalid value for 'token_type'")]
    [TestCase("listing_visibility", "loud", "invalid listing_visibility type")]
    [TestCase("token_type", "batch", null)]
    [TestCase("token_type", "", null)]
    [TestCase("listing_visibility", "unauth", null)]
    [TestCase("default_lease_ttl", "24h", null)]
    public void A_setting(string name, string value, string? problem) => Assert.That(
        MountChange.ProblemOf("", new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value }, options: null),
        Is.EqualTo(problem));

    [Test]
    public void What_is_no_setting_here_is_dropped()
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal) { ["default_lease_ttl"] = "1h", ["audit_non_hmac_keys"] = "x" };
        Assert.That(MountChange.ReadConfig(given).Keys, Is.EqualTo(new[] { "default_lease_ttl" }));
        Assert.That(MountChange.ReadConfig(given: null), Is.Empty);
    }

    [Test]
    public void Texts_of_people_are_bounded()
    {
        var none = new Dictionary<string, string>(StringComparer.Ordinal);
        var many = Enumerable.Range(0, 65).ToDictionary(i => $"o{i}", _ => "v", StringComparer.Ordinal);
        var longName = new Dictionary<string, string>(StringComparer.Ordinal) { [new string('n', 129)] = "v" };
        Assert.Multiple(() =>
        {
            Assert.That(MountChange.ProblemOf(new string('d', 1024), none, none), Is.Null);
            Assert.That(MountChange.ProblemOf(new string('d', 1025), none, none), Is.EqualTo("description: at most 1024 characters"));
            Assert.That(MountChange.ProblemOf("", none, many), Does.StartWith("options: at most 64"));
            Assert.That(MountChange.ProblemOf("", none, longName), Does.StartWith("options: at most 64"));
        });
    }

    [Test]
    public void Stored_settings_show_their_defaults()
    {
        var empty = MountConfig.Of("{}");
        Assert.That(
            (empty.DefaultLeaseTtl, empty.MaxLeaseTtl, empty.TokenType, empty.ListingVisibility),
            Is.EqualTo((0L, 0L, "default-service", (string?)null)));
        const string Full =
            """{"default_lease_ttl":"1h","max_lease_ttl":"7200","token_type":"batch","listing_visibility":"unauth"}""";
        var full = MountConfig.Of(Full);
        Assert.That(
            (full.DefaultLeaseTtl, full.MaxLeaseTtl, full.TokenType, full.ListingVisibility),
            Is.EqualTo((3600L, 7200L, "batch", "unauth")));
    }
}
