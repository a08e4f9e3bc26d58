using System.Text;
using Hoop.Federation.Sealing;
using Hoop.Shared.Configuration;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sealing;

public sealed class KeyRingTests
{
    private static readonly SealPlace Place = new(SealPurpose.AdminCredentials, Guid.NewGuid(), Guid.NewGuid());
    private static readonly byte[] Plain = Encoding.UTF8.GetBytes("the admin key");
    private static readonly string One = Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string Two = Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());

    [Test]
    public void What_was_sealed_opens_in_its_place()
    {
        var ring = Ring(One);

        Assert.That(ring.Open(Place, ring.Seal(Place, Plain)).Value, Is.EqualTo(Plain));
    }

    [Test]
    public void Every_seal_is_fresh()
    {
        var ring = Ring(One);
        var seals = Enumerable.Range(0, 100).Select(_ => Convert.ToHexString(ring.Seal(Place, Plain).Bytes));

        Assert.That(seals.Distinct().Count(), Is.EqualTo(100));
    }

    [Test]
    public void Every_changed_byte_is_noticed()
    {
        var ring = Ring(One);
        var value = ring.Seal(Place, Plain);
        for (var index = 0; index < value.Bytes.Length; index++)
        {
            var changed = (byte[])value.Bytes.Clone();
            changed[index] ^= 1;
            Assert.That(ring.Open(Place, value with { Bytes = changed }).Error?.Code, Is.EqualTo("sealed_value_rejected"), $"byte {index}");
        }
    }

    [Test]
    public void Every_cut_is_noticed()
    {
        var ring = Ring(One);
        var value = ring.Seal(Place, Plain);
        for (var length = 0; length < value.Bytes.Length; length++)
        {
            Assert.That(ring.Open(Place, value with { Bytes = value.Bytes[..length] }).Error?.Code, Is.EqualTo("sealed_value_rejected"), $"length {length}");
        }
    }

    [Test]
    public void In_another_place_it_does_not_open()
    {
        var ring = Ring(One);
        var value = ring.Seal(Place, Plain);

        Assert.That(ring.Open(Place with { OrgId = Guid.NewGuid() }, value).Error?.Code, Is.EqualTo("sealed_value_rejected"));
        Assert.That(ring.Open(Place with { ConnectionId = Guid.NewGuid() }, value).Error?.Code, Is.EqualTo("sealed_value_rejected"));
        Assert.That(ring.Open(Place with { Purpose = SealPurpose.ConnectionSecrets }, value).Error?.Code, Is.EqualTo("sealed_value_rejected"));
    }

    [Test]
    public void The_first_key_seals_and_all_open()
    {
        var old = Ring($"old:{One}").Seal(Place, Plain);
        var ring = Ring($"new:{Two},old:{One}");

        Assert.That(ring.Open(Place, old).Value, Is.EqualTo(Plain));
        Assert.That(ring.Reseal(Place, old)?.KeyId, Is.EqualTo("new"));
        Assert.That(Ring($"new:{Two}").Open(Place, old).Error?.Code, Is.EqualTo("sealing_key_missing"));
    }

    [Test]
    public void A_key_opens_what_it_sealed_before_it_had_a_name()
    {
        var nameless = Ring(One).Seal(Place, Plain);

        Assert.That(Ring($"new:{Two},first:{One}").Open(Place, nameless).Value, Is.EqualTo(Plain));
    }

    [TestCase("canary")]
    [TestCase("canary:AAAA")]
    [TestCase("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE")]
    [TestCase("a b:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]
    [TestCase(":AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]
    [TestCase("a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,")]
    [TestCase("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]
    [TestCase("a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=,a:AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]
    public void A_wrong_ring_is_refused_without_repeating_it(string ring)
    {
        Assert.That(() => SealingKey.ParseRing(ring), Throws.InstanceOf<ConfigurationException>().With.Message.StartsWith("HOOP_ENCRYPTION_KEY:").And.Message.Not.Contains("canary").And.Message.Not.Contains("AQEB"));
    }

    private static KeyRing Ring(string text) => new(SealingKey.ParseRing(text));
}
