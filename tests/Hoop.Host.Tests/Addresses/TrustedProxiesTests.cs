using System.Net;
using Hoop.Host.Addresses;
using Hoop.Shared.Configuration;
using Hoop.Testing;
using Microsoft.Extensions.Configuration;
using NUnit.Framework;

namespace Hoop.Host.Tests.Addresses;

public sealed class TrustedProxiesTests
{
    [TestCase("10.0.0.7", "10.0.0.7", true)]
    [TestCase("10.0.0.7", "10.0.0.8", false)]
    [TestCase("10.0.0.7", "::ffff:10.0.0.7", true)]
    [TestCase("10.0.0.0/8", "10.255.0.1", true)]
    [TestCase("10.0.0.0/8", "11.0.0.1", false)]
    [TestCase("127.0.0.1, 2001:db8::/32 ,", "2001:db8:5::1", true)]
    [TestCase("127.0.0.1,2001:db8::/32", "127.0.0.1", true)]
    [TestCase("127.0.0.1,2001:db8::/32", "127.0.0.2", false)]
    [TestCase("::1", "::1", true)]
    [TestCase("2001:0db8:0::1", "2001:db8::1", true)]
    [TestCase("", "127.0.0.1", false)]
    public void Exactly_the_named_addresses_are_proxies(string setting, string address, bool trusted) =>
        Assert.That(Of(setting).Holds(IPAddress.Parse(address)), Is.EqualTo(trusted));

    [TestCase("proxy")]
    [TestCase("10.0.0.1/8", Description = "its host bits are set: which of the two is meant?")]
    [TestCase("10.0.0.0/33")]
    [TestCase("10.0.0.0/")]
    [TestCase("10.0.0.0/8/8")]
    [TestCase("1", Description = "0.0.0.1 to some parsers")]
    [TestCase("0x7f.1")]
    [TestCase("010.0.0.1", Description = "octal to some parsers")]
    [TestCase("10.0.0.1:80")]
    [TestCase("::ffff:10.0.0.1")]
    [TestCase("*")]
    [TestCase("0.0.0.0/0")]
    [TestCase("::/0")]
    [TestCase("10.0.0.7\u001b[31m")]
    public void What_is_no_address_stops_the_start(string setting)
    {
        var refused = Assert.Throws<ConfigurationException>(() => Of(setting));
        Assert.That(refused!.Message, Does.StartWith("HOOP_TRUSTED_PROXIES: ").And.Not.Contain("\u001b"));
    }

    [Test]
    public async Task The_client_behind_a_trusted_proxy_is_the_one_in_the_log_and_in_the_trail()
    {
        await using var gateway = await TestGateway.Start(new() { ["HOOP_TRUSTED_PROXIES"] = "127.0.0.1, 10.0.0.0/8" });

        await Call(gateway, "forwarded", ("X-Forwarded-For", "203.0.113.9"), ("User-Agent", "curl/8"));
        await Call(gateway, "chained", ("X-Forwarded-For", "203.0.113.10, 10.1.2.3"));
        await Call(gateway, "spoofed", ("X-Forwarded-For", "192.0.2.66, 203.0.113.11, 10.1.2.3"));
        await Call(gateway, "six", ("X-Forwarded-For", "2001:db8::7"));
        await Call(gateway, "direct");
        await Call(gateway, "nonsense", ("X-Forwarded-For", "unknown"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await Clients(gateway), Is.EqualTo(new[]
            {
                "forwarded 203.0.113.9 curl/8", "chained 203.0.113.10", "spoofed 203.0.113.11", "six 2001:db8::7", "direct 127.0.0.1",
                    "nonsense 127.0.0.1",
            }));
            Assert.That(gateway.Logs.Lines, Has.None.Contains("is ignored, because HOOP_TRUSTED_PROXIES"));
        }
    }

    [Test]
    public async Task A_proxy_that_nobody_named_is_not_believed_and_is_told_of_once()
    {
        await using var gateway = await TestGateway.Start(new() { ["HOOP_TRUSTED_PROXIES"] = "10.0.0.7" });

        await Call(
            gateway,
            "one",
            ("X-Forwarded-For", "203.0.113.9"),
            ("X-Forwarded-Proto", "https"),
            ("X-Forwarded-Host", "evil.example"),
            ("Forwarded", "for=203.0.113.9"));
        await Call(gateway, "two", ("X-Forwarded-For", "203.0.113.9"));

        Assert.That(await Clients(gateway), Is.EqualTo(new[] { "one 127.0.0.1", "two 127.0.0.1" }));
        Assert.That(
            gateway.Logs.Lines.Where(line => line.Contains("X-Forwarded-For of 127.0.0.1 is ignored", StringComparison.Ordinal)),
            Has.Exactly(1).Items);
    }

    [Test]
    public async Task Without_the_setting_nobody_is_believed()
    {
        await using var gateway = await TestGateway.Start();
        await Call(gateway, "one", ("X-Forwarded-For", "203.0.113.9"));
        Assert.That(await Clients(gateway), Is.EqualTo(new[] { "one 127.0.0.1" }));
    }

    [Test]
    public async Task A_user_agent_is_cut_and_printable()
    {
        await using var gateway = await TestGateway.Start();
        await Call(gateway, "long", ("User-Agent", new string('x', 5000)));
        await Call(gateway, "odd", ("User-Agent", "a\tb"));
        Assert.That(await Clients(gateway), Is.EqualTo(new[] { $"long 127.0.0.1 {new string('x', 200)}…", "odd 127.0.0.1 a\\u0009b" }));
    }

    private static TrustedProxies Of(string setting) => TrustedProxies.From(new ConfigurationBuilder()
        .AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal) { [TrustedProxies.Variable] = setting })
        .Build());

    private static async Task Call(TestGateway gateway, string name, params (string Name, string Value)[] headers)
    {
        using var client = new HttpClient { BaseAddress = gateway.Address };
        client.DefaultRequestHeaders.Authorization = gateway.Operator.DefaultRequestHeaders.Authorization;
        foreach (var (header, value) in headers)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation(header, value);
        }

        Assert.That((await client.Post("/api/agents", new { name })).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    private static Task<IReadOnlyList<string>> Clients(TestGateway gateway) => gateway.Query<string>(
        """
        SELECT concat_ws(' ', fields->>'name', fields->>'client_address', fields->>'user_agent')
        FROM identity.audit_events
        WHERE resource_type = 'agent'
        ORDER BY id
        """);
}
