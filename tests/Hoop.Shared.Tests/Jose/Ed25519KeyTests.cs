using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Hoop.Shared.Jose;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Jose;

[Parallelizable(ParallelScope.All)]
public sealed class Ed25519KeyTests
{
    // RFC 8410 section 7: what stands before the seed.
    private const string Pkcs8Head = "302e020100300506032b657004220420";

    // Of the group, RFC 8032 section 5.1.
    private static readonly BigInteger Order = BigInteger.Pow(2, 252) + BigInteger.Parse(
        "27742317777372353535851937790883648493", System.Globalization.CultureInfo.InvariantCulture);

    private static readonly byte[] Message = "a message"u8.ToArray();

    [TestCase(
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")]
    [TestCase(
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")]
    [TestCase(
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a")]
    public void The_vectors_of_the_standard_hold(string seed, string point, string message, string signature)
    {
        using var key = Ed25519Key.OfPkcs8(Convert.FromHexString(Pkcs8Head + seed));
        using var known = Ed25519Key.OfPoint(Convert.FromHexString(point));
        var text = Convert.FromHexString(message);
        Assert.Multiple(() =>
        {
            Assert.That(Convert.ToHexStringLower(key.Point), Is.EqualTo(point));
            Assert.That(Convert.ToHexStringLower(key.Sign(text)), Is.EqualTo(signature));
            Assert.That(known.Verify(text, Convert.FromHexString(signature)));
            Assert.That(known.Verify([.. text, 0], Convert.FromHexString(signature)), Is.False);
        });
    }

    [Test(Description = "RFC 8037 appendix A.4")]
    public void The_signature_of_the_standard_about_JOSE_is_accepted()
    {
        using var key = Ed25519Key.OfPoint(System.Buffers.Text.Base64Url.DecodeFromChars("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"));
        var signature = System.Buffers.Text.Base64Url.DecodeFromChars(
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
        Assert.That(key.Verify(Encoding.ASCII.GetBytes("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"), signature));
    }

    [Test]
    public void A_signature_has_one_form()
    {
        using var key = Ed25519Key.Generate();
        var good = key.Sign(Message);
        var number = new BigInteger(good.AsSpan(32), isUnsigned: true);
        Assert.Multiple(() =>
        {
            Assert.That(key.Verify(Message, good));
            Assert.That(key.Verify(Message, [.. good.AsSpan(0, 32), .. Number(number + Order)]), Is.False, "S + L");
            Assert.That(key.Verify(Message, good.AsSpan(0, 63)), Is.False);
            Assert.That(key.Verify(Message, [.. good, 0]), Is.False);
            Assert.That(key.Verify(Message, new byte[64]), Is.False);
            for (var bit = 0; bit < 512; bit++)
            {
                var other = (byte[])good.Clone();
                other[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.That(key.Verify(Message, other), Is.False, $"bit {bit}");
            }
        });
    }

    // With the first ones a signature of zeros is good for many messages; the others are second spellings, or no point at all.
    [TestCase("0100000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [TestCase("0000000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("0000000000000000000000000000000000000000000000000000000000000080")]
    [TestCase("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")]
    [TestCase("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")]
    [TestCase("0100000000000000000000000000000000000000000000000000000000000080")]
    [TestCase("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [TestCase("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")]
    [TestCase("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff")]
    [TestCase("0200000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f70751")]
    [TestCase("")]
    public void A_point_that_is_no_key_is_refused(string point) =>
        Assert.That(() => Ed25519Key.OfPoint(Convert.FromHexString(point)), Throws.InstanceOf<CryptographicException>());

    [TestCase(0, 16)]
    [TestCase(0, 0)]
    [TestCase(15, 33)]
    public void What_is_no_private_key_is_refused(int from, int until)
    {
        using var key = Ed25519Key.Generate();
        var exported = key.ExportPkcs8PrivateKey();
        Assert.That(() => Ed25519Key.OfPkcs8(exported.AsSpan(from, until - from)), Throws.InstanceOf<CryptographicException>());
        exported[11] ^= 1;
        Assert.That(() => Ed25519Key.OfPkcs8(exported), Throws.InstanceOf<CryptographicException>(), "another curve");
    }

    [Test]
    public void A_private_key_comes_back_and_a_public_one_has_none()
    {
        using var key = Ed25519Key.Generate();
        using var again = Ed25519Key.OfPkcs8(key.ExportPkcs8PrivateKey());
        using var known = Ed25519Key.OfPoint(key.Point);
        Assert.Multiple(() =>
        {
            Assert.That(known.Verify(Message, again.Sign(Message)));
            Assert.That(known.ExportSubjectPublicKeyInfo(), Is.EqualTo(key.ExportSubjectPublicKeyInfo()).And.Length.EqualTo(44));
            Assert.That(() => known.Sign(Message), Throws.InstanceOf<CryptographicException>());
            Assert.That(() => known.ExportPkcs8PrivateKey(), Throws.InstanceOf<CryptographicException>());
        });
    }

    private static byte[] Number(BigInteger number)
    {
        var bytes = new byte[32];
        Assert.That(number.TryWriteBytes(bytes, out _, isUnsigned: true));
        return bytes;
    }
}
