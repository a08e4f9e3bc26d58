using Hoop.Shared.Outbound;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Outbound;

/// <summary>The SSRF table: the same hostile URLs meet a written URL here, and a redirect in <see cref="OutboundHttpTests"/>.</summary>
public sealed class OutboundUrlTests
{
    /// <summary>Refused under the strictest options without any name resolution.</summary>
    internal static readonly string[] Hostile =
    [
        "http://example.org/", "HTTP://example.org/", "hTTp://example.org/", "http://127.0.0.1/", "http://localhost/", "http://[::1]/",
        "ftp://example.org/", "file:///etc/passwd", "FILE:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "ldap://example.org/",
            "ws://example.org/",
        "unix:///var/run/docker.sock", "jar:https://example.org!/", "data:application/json,{}", "javascript:alert(1)",
            "dict://127.0.0.1:11211/stat",
        "https://user@example.org/", "https://user:secret@example.org/", "https://example.org@127.0.0.1/", "https://127.0.0.1@example.org/",
        "https://127.0.0.1/", "HTTPS://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/",
            "https://0x7f.1/",
        "https://017700000001/", "https://0177.0.0.1/", "https://127.0.0.1:8443/", "https://127.255.255.254/", "https://0/",
            "https://0.0.0.0/",
        "https://10.0.0.1/", "https://10.255.255.255/", "https://167772161/", "https://0xa.1/", "https://172.16.0.1/",
            "https://172.31.255.255/", "https://192.168.0.1/",
        "https://192.168.1.1:6443/", "https://100.64.0.1/", "https://100.100.100.200/latest/meta-data/",
            "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/", "https://0xa9fea9fe/", "https://0xa9.0xfe.0xa9.0xfe/", "https://0251.0376.0251.0376/",
            "https://168.63.129.16/",
        "https://192.0.0.192/", "https://192.0.2.1/", "https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/",
            "https://192.88.99.1/",
        "https://224.0.0.1/", "https://239.1.1.1/", "https://240.0.0.1/", "https://255.255.255.255/",
        "https://[::]/", "https://[::1]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::127.0.0.1]/", "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
        "https://[::ffff:10.0.0.1]/", "https://[::ffff:169.254.169.254]/", "https://[::ffff:8.8.8.8]/", "https://[64:ff9b::7f00:1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
        "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2002:a9fe:a9fe::]/", "https://[2001:0:7f00:1::]/",
            "https://[2001:db8::1]/",
        "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fec0::1]/", "https://[fc00::1]/", "https://[fd00:ec2::254]/",
            "https://[fd20:ce::254]/",
        "https://[ff02::1]/", "https://[100::1]/", "https://[3fff::1]/", "https://[4000::1]/",
    ];

    /// <summary>Refused as text, before anything is made of them.</summary>
    private static readonly string[] Ambiguous =
    [
        "", "/bundle", "example.org/bundle", "//example.org/bundle", "https:example.org", "https:/example.org", "https:///example.org/",
            "https://", "https:///",
        " https://example.org/", "https://example.org/ ", "https://exa mple.org/", "https://example.org/\t",
            "https://example.org/\r\nHost: x", "https://example.org\\@127.0.0.1/",
        "https:\\\\example.org\\", "https://example.org\0/", "https://ex\u00ADample.org/", "https://\u2460\u2461\u2466.0.0.1/",
            "https://127\u3002" + "0.0.1/", "https://example.org/#x", "https://@example.org/",
        "https://:@example.org/", "https://example.org:99999/", "https://example.org:-1/", "https://[::1/", "https://[1.2.3.4]/",
            "https://exam<ple>.org/",
    ];

    [TestCaseSource(nameof(Hostile))]
    [Description("CVE-2026-41413, CVE-2026-5052, CVE-2026-45741, CVE-2026-40280, CVE-2026-2455")]
    public void A_hostile_url_is_refused_before_any_connection(string url) =>
        Assert.That(
            OutboundUrl.Parse(url, new OutboundOptions()).Error?.Code, Is.AnyOf(OutboundErrors.UrlRefused, OutboundErrors.AddressRefused));

    [TestCaseSource(nameof(Ambiguous))]
    public void A_url_that_two_parsers_could_read_differently_is_refused(string url) =>
        Assert.That(OutboundUrl.Parse(url, new OutboundOptions()).Error?.Code, Is.EqualTo(OutboundErrors.UrlRefused));

    [TestCase("https://example.org/bundle")]
    [TestCase("HTTPS://EXAMPLE.ORG/bundle")]
    [TestCase("https://example.org:8443/a/b?c=d")]
    [TestCase("https://xn--bcher-kva.example/bundle")]
    [TestCase("https://8.8.8.8/bundle")]
    [TestCase("https://[2606:4700::1111]/bundle")]
    [TestCase("https://example.org/user@name")]
    public void A_plain_https_url_is_good(string url) => Assert.That(OutboundUrl.Parse(url, new OutboundOptions()).Error, Is.Null);

    [TestCase("http://127.0.0.1:8080/bundle", true)]
    [TestCase("HTTP://LOCALHOST:8080/bundle", true)]
    [TestCase("http://[::1]:8080/bundle", true)]
    [TestCase("https://127.0.0.1/bundle", true)]
    [TestCase("http://localhost.example.org/", false)]
    [TestCase("http://127.0.0.1.example.org/", false)]
    [TestCase("http://10.0.0.1/", false)]
    [TestCase("http://8.8.8.8/", false)]
    [TestCase("https://10.0.0.1/", false)]
    [TestCase("http://[::ffff:127.0.0.1]/", false)]
    public void Loopback_may_be_allowed_and_only_loopback_by_plain_http(string url, bool good) =>
        Assert.That(OutboundUrl.Parse(url, new OutboundOptions { AllowLoopback = true }).Error is null, Is.EqualTo(good));

    [TestCase("https://10.0.0.1/", true)]
    [TestCase("https://[fd12::1]/", true)]
    [TestCase("https://100.64.0.1/", true)]
    [TestCase("http://10.0.0.1/", false)]
    [TestCase("https://127.0.0.1/", false)]
    [TestCase("https://169.254.169.254/", false)]
    [TestCase("https://100.100.100.200/", false)]
    [TestCase("https://[fd00:ec2::254]/", false)]
    [TestCase("https://[::ffff:10.0.0.1]/", false)]
    public void Private_addresses_may_be_allowed_but_never_metadata(string url, bool good) =>
        Assert.That(OutboundUrl.Parse(url, new OutboundOptions { AllowPrivateAddresses = true }).Error is null, Is.EqualTo(good));

    [Test]
    public void The_table_is_as_long_as_promised() =>
        Assert.That(Hostile.Distinct(StringComparer.Ordinal).Count(), Is.GreaterThanOrEqualTo(80));

    [Test]
    public void No_message_repeats_user_info_or_query()
    {
        var refused = OutboundUrl.Parse("https://u:hunter2@127.0.0.1/?key=hunter2", new OutboundOptions()).Error!;
        var address = OutboundUrl.Parse("https://127.0.0.1/?key=hunter2", new OutboundOptions()).Error!;

        Assert.That(refused.Message + address.Message, Does.Not.Contain("hunter2"));
    }
}
