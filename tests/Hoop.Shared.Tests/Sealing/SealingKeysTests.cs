using System.Security.Cryptography;
using System.Text;
using Hoop.Shared.Sealing;
using Hoop.Shared.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Sealing;

public sealed class SealingKeysTests
{
    private static readonly SealPlace Place = new(new SealPurpose(2), Guid.NewGuid(), Guid.NewGuid());
    private static readonly byte[] Plain = Encoding.UTF8.GetBytes("the admin key");
    private static readonly string One = Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray());
    private static readonly string Two = Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray());

    [Test]
    public void What_was_sealed_opens_in_its_place()
    {
        var ring = Ring(One);

        Assert.That(ring.Open(Place, ring.Seal(Place, Plain)).Value, Is.EqualTo(Plain));
    }

    // Rows of every earlier version were sealed in exactly this layout; a change of it would lose them.
    [TestCase(1)]
    [TestCase(2)]
    public void The_layout_of_stored_values_stays(int purpose)
    {
        var (org, row) = (new Guid("00112233-4455-6677-8899-aabbccddeeff"), new Guid("ffeeddcc-bbaa-9988-7766-554433221100"));
        byte[] place =
            [0, 0, 0, (byte)purpose, .. Convert.FromHexString("00112233445566778899aabbccddeeff" + "ffeeddccbbaa99887766554433221100"),
                .. "old"u8];
        var nonce = Enumerable.Repeat((byte)9, 12).ToArray();
        var (cipher, tag) = (new byte[Plain.Length], new byte[16]);
        using var aes = new AesGcm(Convert.FromBase64String(One), tag.Length);
        aes.Encrypt(nonce, Plain, cipher, tag, place);

        var opened = Ring($"old:{One}").Open(
            new SealPlace(new SealPurpose(purpose), org, row), new SealedValue("old", [.. nonce, .. cipher, .. tag]));

        Assert.That(opened.Value, Is.EqualTo(Plain));
    }

    [Test]
    public void Two_columns_of_one_purpose_are_refused()
    {
        var column = new SealedColumn(new SealPurpose(7), "", "", "");
        var (services, nothing) = (new ServiceCollection(), new ConfigurationBuilder().Build());
        services.AddSealedColumn(nothing, column);

        Assert.That(() => services.AddSealedColumn(nothing, column), Throws.InvalidOperationException.With.Message.Contains("7"));
        Assert.That(() => services.AddSealedColumn(nothing, column with { Purpose = new SealPurpose(8) }), Throws.Nothing);
    }

    [Test]
    public void A_column_is_told_by_its_names_and_writes_no_value_over_one_that_came_meanwhile()
    {
        var column = SealedColumn.Of(new SealPurpose(9), "module.things", "secret_key_id", "secret_sealed", "thing_id");

        Assert.That(column.KeysInUseSql, Is.EqualTo("SELECT DISTINCT secret_key_id FROM module.things WHERE secret_key_id IS NOT NULL"));
        Assert.That(column.ListSql, Does.Contain("SELECT thing_id AS id, org_id, secret_key_id AS key_id, secret_sealed AS bytes"));
        Assert.That(
            column.ListSql, Does.Contain("secret_key_id <> @SealsWith AND thing_id > @After").And.EndWith("FOR UPDATE SKIP LOCKED"));
        Assert.That(column.SetSql, Does.EndWith("WHERE org_id = @OrgId AND thing_id = @Id AND secret_key_id = @WasKeyId"));
    }

    [TestCase("things", "k", "b", "id")]
    [TestCase("a.b.c", "k", "b", "id")]
    [TestCase("a.b; DROP", "k", "b", "id")]
    [TestCase("a.b", "", "b", "id")]
    [TestCase("a.b", "k", "B", "id")]
    [TestCase("a.b", "k", "b", "id--")]
    [TestCase(null, "k", "b", "id")]
    public void What_is_no_name_of_a_column_is_none(string? table, string keyId, string bytes, string id) =>
        Assert.That(() => SealedColumn.Of(new SealPurpose(9), table!, keyId, bytes, id), Throws.ArgumentException);

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
            Assert.That(
                ring.Open(Place, value with { Bytes = value.Bytes[..length] }).Error?.Code,
                Is.EqualTo("sealed_value_rejected"),
                $"length {length}");
        }
    }

    [Test]
    public void In_another_place_it_does_not_open()
    {
        var ring = Ring(One);
        var value = ring.Seal(Place, Plain);

        Assert.That(ring.Open(Place with { OrgId = Guid.NewGuid() }, value).Error?.Code, Is.EqualTo("sealed_value_rejected"));
        Assert.That(ring.Open(Place with { Id = Guid.NewGuid() }, value).Error?.Code, Is.EqualTo("sealed_value_rejected"));
        Assert.That(ring.Open(Place with { Purpose = new SealPurpose(1) }, value).Error?.Code, Is.EqualTo("sealed_value_rejected"));
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
        Assert.That(
            () => SealingKey.ParseRing(ring),
            Throws.InstanceOf<ConfigurationException>()
                .With.Message.StartsWith("HOOP_ENCRYPTION_KEY:").And.Message.Not.Contains("canary").And.Message.Not.Contains("AQEB"));
    }

    private static SealingKeys Ring(string text) => new(SealingKey.ParseRing(text));
}
