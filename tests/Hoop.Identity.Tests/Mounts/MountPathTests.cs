using Hoop.Identity.Mounts;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Mounts;

/// <summary>Tables of what a mount may be called and set to.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class MountPathTests
{
    [TestCase("userpass", "userpass/")]
    [TestCase("userpass/", "userpass/")]
    [TestCase("/userpass/", "userpass/")]
    [TestCase("team/github", "team/github/")]
    [TestCase("a/b/c/d", "a/b/c/d/")]
    [TestCase("oidc/idp.example.com:8443", "oidc/idp.example.com:8443/")]
    [TestCase("user@host", "user@host/")]
    [TestCase("a_b-c.d", "a_b-c.d/")]
    [TestCase("tuned", "tuned/")]
    [TestCase("tuner", "tuner/")]
    [TestCase("tune/a", "tune/a/")]
    [TestCase("a.b_c:d@e-f", "a.b_c:d@e-f/")]
    [TestCase("...", ".../")]
    [TestCase("", null)]
    [TestCase("/", null)]
    [TestCase("tune", null)]
    [TestCase("a/tune", null)]
    [TestCase("a//b", null)]
    [TestCase("a/./b", null)]
    [TestCase("a/../b", null)]
    [TestCase("..", null)]
    [TestCase("./a", null)]
    [TestCase("a b", null)]
    [TestCase("a*", null)]
    [TestCase("a+b", null)]
    [TestCase("ä", null)]
    [TestCase("a\\b", null)]
    [TestCase("a?b", null)]
    [TestCase("a%2fb", null)]
    [TestCase("a\n", null)]
    public void A_path(string text, string? expected) => Assert.That(MountPath.Of(text), Is.EqualTo(expected));

    [TestCase(256, true)]
    [TestCase(257, false)]
    public void A_path_is_bounded(int length, bool isPath) =>
        Assert.That(MountPath.Of(new string('a', length)) is not null, Is.EqualTo(isPath));

    [TestCase("a/tune", "a", true)]
    [TestCase("a/b/tune", "a/b", true)]
    [TestCase("a/tune/", "a", true)]
    [TestCase("/a/tune/", "a", true)]
    [TestCase("a", "a", false)]
    [TestCase("tune", "tune", false)]
    [TestCase("a/tuned", "a/tuned", false)]
    [TestCase("a/tune/tune", "a/tune", true)]
    public void A_path_of_settings(string text, string path, bool isTune) =>
        Assert.That(MountPath.OfTune(text), Is.EqualTo((path, isTune)));

    [TestCase("", 0L)]
    [TestCase("system", 0L)]
    [TestCase("0", 0L)]
    [TestCase("90", 90L)]
    [TestCase("90s", 90L)]
    [TestCase("1h30m", 5400L)]
    [TestCase("1.5h", 5400L)]
    [TestCase("316224000", 316224000L)]
    [TestCase("316224001", null)]
    [TestCase("-1", null)]
    [TestCase("-1h", null)]
    [TestCase("1d", null)]
    [TestCase("1.5", null)]
    [TestCase("soon", null)]
    [TestCase("1h ", null)]
    [TestCase("h", null)]
    [TestCase("999999999999", null, Description = "longer than ten years is a mistake")]
    [TestCase("99999999999999999999", null)]
    public void A_lease(string text, long? seconds) => Assert.That(MountConfig.SecondsOf(text), Is.EqualTo(seconds));

    [TestCase("default_lease_ttl", "1h", null)]
    [TestCase("default_lease_ttl", "x", "default_lease_ttl: use whole seconds or a duration such as 24h")]
    [TestCase("default_lease_ttl", "24h", null)]
    [TestCase("max_lease_ttl", "-1", "max_lease_ttl: use whole seconds or a duration such as 24h")]
    [TestCase("max_lease_ttl", "x", "max_lease_ttl: use whole seconds or a duration such as 24h")]
    [TestCase("token_type", "service", null)]
    [TestCase("token_type", "batch", null)]
    [TestCase("token_type", "default-batch", null)]
    [TestCase("token_type", "", null)]
    [TestCase("token_type", "magic", "invalid value for 'token_type'")]
    [TestCase("listing_visibility", "unauth", null)]
    [TestCase("listing_visibility", "hidden", null)]
    [TestCase("listing_visibility", "all", "invalid listing_visibility type")]
    public void A_setting(string name, string value, string? problem) => Assert.That(
        MountChange.ProblemOf("", new Dictionary<string, string>(StringComparer.Ordinal) { [name] = value }, options: null),
        Is.EqualTo(problem));

    [TestCase(1024, 0, 1, 1, null)]
    [TestCase(1025, 0, 1, 1, "description: at most 1024 characters")]
    [TestCase(0, 64, 128, 512, null)]
    [TestCase(0, 65, 1, 1, "options: at most 64, with names of at most 128 and values of at most 512 characters")]
    [TestCase(0, 1, 129, 1, "options: at most 64, with names of at most 128 and values of at most 512 characters")]
    [TestCase(0, 1, 1, 513, "options: at most 64, with names of at most 128 and values of at most 512 characters")]
    public void What_is_said_of_a_mount_is_bounded(int description, int options, int name, int value, string? problem) => Assert.That(
        MountChange.ProblemOf(
            new string('x', description),
            new Dictionary<string, string>(StringComparer.Ordinal),
            Enumerable.Range(0, options).ToDictionary(i => $"{i}".PadLeft(name, '0'), _ => new string('v', value))),
        Is.EqualTo(problem));

    [Test]
    public void What_else_Vault_can_set_is_taken_and_dropped() => Assert.That(
        MountChange.ReadConfig(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["max_lease_ttl"] = "1h",
            ["force_no_cache"] = "true",
            ["passthrough_request_headers"] = "x",
        }),
        Is.EqualTo(new Dictionary<string, string>(StringComparer.Ordinal) { ["max_lease_ttl"] = "1h" }));

    [Test]
    public void Settings_that_are_not_given_are_none() => Assert.That(MountChange.ReadConfig(given: null), Is.Empty);

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
