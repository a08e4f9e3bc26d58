using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.TrustDomains;

public sealed class SpiffeSettingsTests
{
    private static readonly Dictionary<string, string?> Good = new(StringComparer.Ordinal)
    {
        ["HOOP_SPIFFE_MODE"] = "enforce",
        ["HOOP_SPIFFE_TRUST_DOMAIN"] = "a.test",
        ["HOOP_SPIFFE_BUNDLE_JWKS"] = """{"keys": []}""",
    };

    [Test]
    public void Defaults_are_those_of_the_documents()
    {
        var options = Read();

        Assert.That(options.Enforced);
        Assert.That(options.Audience, Is.EqualTo("hoop-gateway"));
        Assert.That(SpiffeOptions.DefaultRefreshPeriod, Is.EqualTo(TimeSpan.FromSeconds(30)));
        Assert.That(options.BundleMaxAge, Is.EqualTo(TimeSpan.FromHours(24)));
        Assert.That(options.MaxTtl, Is.Null);
        Assert.That(Read(("HOOP_SPIFFE_MODE", "")).Enforced, Is.False);
    }

    [Test]
    public void While_it_is_disabled_the_other_variables_are_ignored() =>
        Assert.That(
            Read(
                ("HOOP_SPIFFE_MODE", "disabled"),
                ("HOOP_SPIFFE_BUNDLE_JWKS", "nonsense"),
                ("HOOP_SPIFFE_REFRESH_PERIOD", "never")).Enforced,
            Is.False);

    [Test]
    public void An_inline_bundle_may_be_base64() =>
        Assert.That(Read(("HOOP_SPIFFE_BUNDLE_JWKS", "ICB7ImtleXMiOiBbXX0K")).Configured!.Source.Jwks, Is.EqualTo("""{"keys": []}"""));

    [TestCase("HOOP_SPIFFE_MODE", "observe", "HOOP_SPIFFE_MODE")]
    [TestCase("HOOP_SPIFFE_MODE", "Enforce", "HOOP_SPIFFE_MODE")]
    [TestCase("HOOP_SPIFFE_TRUST_DOMAIN", "", "HOOP_SPIFFE_TRUST_DOMAIN")]
    [TestCase("HOOP_SPIFFE_TRUST_DOMAIN", "A.test", "HOOP_SPIFFE_TRUST_DOMAIN")]
    [TestCase("HOOP_SPIFFE_TRUST_DOMAIN", "spiffe://a.test", "HOOP_SPIFFE_TRUST_DOMAIN")]
    [TestCase("HOOP_SPIFFE_BUNDLE_JWKS", "", "HOOP_SPIFFE_BUNDLE_URL")]
    [TestCase("HOOP_SPIFFE_BUNDLE_JWKS", "nonsense", "HOOP_SPIFFE_BUNDLE_JWKS")]
    [TestCase("HOOP_SPIFFE_BUNDLE_JWKS", "{}", "HOOP_SPIFFE_BUNDLE_JWKS")]
    [TestCase("HOOP_SPIFFE_BUNDLE_FILE", "/tmp/x", "HOOP_SPIFFE_BUNDLE_JWKS")]
    [TestCase("HOOP_SPIFFE_REFRESH_PERIOD", "500ms", "HOOP_SPIFFE_REFRESH_PERIOD")]
    [TestCase("HOOP_SPIFFE_REFRESH_PERIOD", "30", "HOOP_SPIFFE_REFRESH_PERIOD")]
    [TestCase("HOOP_SPIFFE_LEEWAY", "61s", "HOOP_SPIFFE_LEEWAY")]
    [TestCase("HOOP_SPIFFE_MAX_TTL", "0s", "HOOP_SPIFFE_MAX_TTL")]
    [TestCase("HOOP_SPIFFE_BUNDLE_MAX_AGE", "x", "HOOP_SPIFFE_BUNDLE_MAX_AGE")]
    [TestCase("HOOP_SPIFFE_ALLOW_PRIVATE_ADDRESSES", "maybe", "HOOP_SPIFFE_ALLOW_PRIVATE_ADDRESSES")]
    [TestCase("HOOP_SPIFFE_PREFIX_BOUNDARY", "yes", "HOOP_SPIFFE_PREFIX_BOUNDARY")]
    public void A_wrong_value_stops_the_start_and_names_the_variable(string variable, string value, string named)
    {
        var refused = Assert.Throws<ConfigurationException>(() => Read((variable, value)));

        Assert.That(refused!.Variable, Is.EqualTo(named));
        Assert.That(refused.Message, Does.Not.Contain('\n'));
    }

    [Test]
    public void A_bundle_file_that_cannot_be_read_stops_the_start()
    {
        var refused = Assert.Throws<ConfigurationException>(
            () => Read(("HOOP_SPIFFE_BUNDLE_JWKS", null), ("HOOP_SPIFFE_BUNDLE_FILE", "/nonexistent/bundle.json")));

        Assert.That(refused!.Message, Does.StartWith("HOOP_SPIFFE_BUNDLE_FILE: cannot read the bundle"));
    }

    [TestCase("http://bundle.example.org/", false)]
    [TestCase("https://user@bundle.example.org/", false)]
    [TestCase("http://169.254.169.254/", false)]
    [TestCase("https://bundle.example.org/", true)]
    [TestCase("http://127.0.0.1:8080/bundle", true)]
    [TestCase("https://10.0.0.1/bundle", true)]
    public void The_operators_url_is_https_or_loopback(string url, bool accepted)
    {
        void Reading() => Read(("HOOP_SPIFFE_BUNDLE_JWKS", null), ("HOOP_SPIFFE_BUNDLE_URL", url));

        Assert.That(Reading, accepted ? Throws.Nothing : Throws.TypeOf<ConfigurationException>());
    }

    private static SpiffeOptions Read(params (string Variable, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(Good, StringComparer.Ordinal);
        foreach (var (variable, value) in changes)
        {
            settings[variable] = value;
        }

        return SpiffeOptions.From(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
    }
}
