using System.Net;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Shared.Outbound;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Outbound;

public sealed class AddressRulesTests
{
    [TestCase("1.0.0.0")]
    [TestCase("8.8.8.8")]
    [TestCase("9.255.255.255")]
    [TestCase("11.0.0.0")]
    [TestCase("100.63.255.255")]
    [TestCase("100.128.0.0")]
    [TestCase("126.255.255.255")]
    [TestCase("128.0.0.0")]
    [TestCase("169.253.255.255")]
    [TestCase("169.255.0.0")]
    [TestCase("172.15.255.255")]
    [TestCase("172.32.0.0")]
    [TestCase("192.0.1.0")]
    [TestCase("192.0.3.0")]
    [TestCase("192.88.98.255")]
    [TestCase("192.88.100.0")]
    [TestCase("192.167.255.255")]
    [TestCase("192.169.0.0")]
    [TestCase("198.17.255.255")]
    [TestCase("198.20.0.0")]
    [TestCase("198.51.99.255")]
    [TestCase("198.51.101.0")]
    [TestCase("203.0.112.255")]
    [TestCase("203.0.114.0")]
    [TestCase("223.255.255.255")]
    [TestCase("2001:200::1")]
    [TestCase("2001:db7:ffff::1")]
    [TestCase("2001:db9::1")]
    [TestCase("2001:4860:4860::8888")]
    [TestCase("2003::1")]
    [TestCase("2606:4700::1111")]
    [TestCase("2a00:1450:4001::200e")]
    [TestCase("3ffe:ffff::1")]
    [TestCase("3fff:1000::1")]
    public void Global_unicast_is_public(string address) =>
        Assert.That(AddressRules.Kind(IPAddress.Parse(address)), Is.EqualTo(AddressKind.Public));

    [TestCase("127.0.0.0")]
    [TestCase("127.0.0.1")]
    [TestCase("127.1.2.3")]
    [TestCase("127.255.255.255")]
    [TestCase("::1")]
    public void Loopback_is_loopback(string address) =>
        Assert.That(AddressRules.Kind(IPAddress.Parse(address)), Is.EqualTo(AddressKind.Loopback));

    [TestCase("10.0.0.0")]
    [TestCase("10.255.255.255")]
    [TestCase("100.64.0.0")]
    [TestCase("100.127.255.255")]
    [TestCase("172.16.0.0")]
    [TestCase("172.31.255.255")]
    [TestCase("192.168.0.0")]
    [TestCase("192.168.255.255")]
    [TestCase("fc00::")]
    [TestCase("fd12:3456::1")]
    [TestCase("fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")]
    public void Private_space_is_private(string address) =>
        Assert.That(AddressRules.Kind(IPAddress.Parse(address)), Is.EqualTo(AddressKind.Private));

    [TestCase("0.0.0.0")]
    [TestCase("0.255.255.255")]
    [TestCase("169.254.0.0")]
    [TestCase("169.254.169.254", Description = "metadata of most clouds")]
    [TestCase("169.254.255.255")]
    [TestCase("100.100.100.200", Description = "metadata inside shared address space")]
    [TestCase("168.63.129.16", Description = "a wire server inside public space")]
    [TestCase("192.0.0.0")]
    [TestCase("192.0.0.192")]
    [TestCase("192.0.0.255")]
    [TestCase("192.0.2.1")]
    [TestCase("192.88.99.1")]
    [TestCase("198.18.0.0")]
    [TestCase("198.19.255.255")]
    [TestCase("198.51.100.1")]
    [TestCase("203.0.113.1")]
    [TestCase("224.0.0.1")]
    [TestCase("239.255.255.255")]
    [TestCase("240.0.0.1")]
    [TestCase("255.255.255.255")]
    [TestCase("::")]
    [TestCase("::2")]
    [TestCase("::127.0.0.1", Description = "IPv4-compatible")]
    [TestCase("::8.8.8.8", Description = "IPv4-compatible")]
    [TestCase("::ffff:8.8.8.8", Description = "CVE-2026-2455: mapped, even of a public address")]
    [TestCase("::ffff:127.0.0.1", Description = "CVE-2026-2455")]
    [TestCase("::ffff:10.0.0.1", Description = "CVE-2026-2455")]
    [TestCase("::ffff:169.254.169.254", Description = "CVE-2026-2455")]
    [TestCase("::ffff:0:127.0.0.1", Description = "IPv4-translated, RFC 2765")]
    [TestCase("64:ff9b::7f00:1", Description = "CVE-2026-45741: NAT64")]
    [TestCase("64:ff9b::808:808", Description = "CVE-2026-45741: NAT64 of a public address")]
    [TestCase("64:ff9b:1::a00:1", Description = "CVE-2026-45741: local NAT64, RFC 8215")]
    [TestCase("100::1", Description = "discard only")]
    [TestCase("2001::1", Description = "CVE-2026-45741: Teredo")]
    [TestCase("2001:0:4136:e378:8000:63bf:3fff:fdd2", Description = "CVE-2026-45741: Teredo")]
    [TestCase("2001:2::1", Description = "benchmarking")]
    [TestCase("2001:10::1", Description = "ORCHID")]
    [TestCase("2001:20::1", Description = "ORCHIDv2")]
    [TestCase("2001:1ff:ffff::1")]
    [TestCase("2001:db8::1", Description = "documentation")]
    [TestCase("2002:7f00:1::", Description = "CVE-2026-45741: 6to4 of loopback")]
    [TestCase("2002:a00:1::1", Description = "CVE-2026-45741: 6to4 of private space")]
    [TestCase("2002:808:808::1", Description = "6to4 of a public address")]
    [TestCase("3fff::1", Description = "documentation")]
    [TestCase("3fff:fff:ffff::1")]
    [TestCase("4000::1")]
    [TestCase("5f00::1", Description = "segment routing")]
    [TestCase("fe00::1")]
    [TestCase("fe80::1")]
    [TestCase("fe80::1%1")]
    [TestCase("febf:ffff::1")]
    [TestCase("fec0::1", Description = "site-local")]
    [TestCase("ff02::1")]
    [TestCase("ff0e::1")]
    [TestCase("fd00:ec2::254", Description = "metadata inside unique local space")]
    [TestCase("fd20:ce::254", Description = "metadata inside unique local space")]
    [TestCase("2606:4700::1111%3", Description = "a scope on a global address")]
    public void The_rest_is_refused(string address) =>
        Assert.That(AddressRules.Kind(IPAddress.Parse(address)), Is.EqualTo(AddressKind.Refused));

    [Test]
    public void No_form_of_ipv6_smuggles_an_ipv4_address_past_the_rules() => Prop.ForAll(
        ArbMap.Default.ArbFor<uint>(),
        number =>
        {
            byte[] v4 = [(byte)(number >> 24), (byte)(number >> 16), (byte)(number >> 8), (byte)number];
            var hex = $"{v4[0]:x2}{v4[1]:x2}:{v4[2]:x2}{v4[3]:x2}";
            return new[] { $"::ffff:{hex}", $"64:ff9b::{hex}", $"64:ff9b:1::{hex}", $"2002:{hex}::1", $"2001:0:{hex}::1",
                $"::ffff:0:{hex}" }
                .All(text => AddressRules.Kind(IPAddress.Parse(text)) == AddressKind.Refused);
        }).QuickCheckThrowOnFailure();
}
