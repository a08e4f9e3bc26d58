using System.Text;
using Hoop.Shared.Jose;
using Hoop.Shared.Results;
using Hoop.Spiffe.Tests.Svids;
using Hoop.Spiffe.TrustDomains;
using Hoop.Testing.Jose;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.TrustDomains;

[Parallelizable(ParallelScope.All)]
public sealed class BundleParserTests
{
    private static readonly SigningKey One = SigningKey.Create(JwsAlgorithm.ES256, "one");
    private static readonly SigningKey Two = SigningKey.Create(JwsAlgorithm.ES256, "two");
    private static readonly SigningKey Three = SigningKey.Create(JwsAlgorithm.ES256, "three");

    [TestCase("jwt-svid", "x509-svid", null, "one")]
    [TestCase("jwt-svid", null, null, "one")]
    [TestCase("x509-svid", null, null, "")]
    [TestCase("jwt-svid", "jwt-svid", "JWT-SVID", "one two")]
    [TestCase("jwt-svid", "sig", "jwt-svid ", "one")]
    [TestCase("wit-svid", null, null, "")]
    [TestCase(null, null, null, "one three two")]
    [TestCase(null, "sig", null, "one three")]
    [TestCase(null, "enc", "future-use", "one")]
    [TestCase("sig", "sig", "sig", "")]
    public void Use_decides_which_keys_verify(string? first, string? second, string? third, string expected)
    {
        var bundle = Parse(JsonTexts.KeySet(One.Jwk(first), Two.Jwk(second), Three.Jwk(third)));
        Assert.That(string.Join(' ', bundle.Keys.KeyIds.Order(StringComparer.Ordinal)), Is.EqualTo(expected));
    }

    [TestCase("\"spiffe_sequence\":1")]
    [TestCase("\"spiffe_refresh_hint\":60")]
    [TestCase("\"spiffe_something_new\":null")]
    public void A_document_with_spiffe_members_is_a_spiffe_bundle(string member) =>
        Assert.That(Parse("{" + member + "," + JsonTexts.KeySet(One.Jwk(), Two.Jwk("jwt-svid"))[1..]).Keys.KeyIds, Is.EqualTo(new[] { "two" }));

    [Test]
    public void A_token_signed_with_a_key_of_another_use_is_refused()
    {
        var fixture = new SvidFixture().With("customer.com", JsonTexts.KeySet(One.Jwk("jwt-svid"), Two.Jwk("x509-svid")));
        Assert.Multiple(() =>
        {
            Assert.That(fixture.Refuse(One.Sign(fixture.Claims())), Is.Null);
            Assert.That(fixture.Refuse(Two.Sign(fixture.Claims())), Is.EqualTo("unknown_key"));
        });
    }

    [Test]
    public void An_empty_array_revokes_every_key_and_a_missing_one_is_an_error() => Assert.Multiple(() =>
    {
        Assert.That(Parse("""{"keys":[],"spiffe_sequence":7}""").Keys.Count, Is.Zero);
        Assert.That(Result("{}").Error?.Code, Is.EqualTo("key_set"));
        Assert.That(Result("""{"spiffe_sequence":8}""").Error?.Code, Is.EqualTo("key_set"));
    });

    [Test]
    public void Sequence_hint_and_skipped_elements_are_kept()
    {
        var bundle = Parse("""{"spiffe_sequence":42,"spiffe_refresh_hint":300,"keys":[{"kty":"oct","use":"jwt-svid"}]}""");
        Assert.Multiple(() =>
        {
            Assert.That((bundle.TrustDomain.Name, bundle.Sequence, bundle.RefreshHint), Is.EqualTo(("customer.com", (long?)42, (TimeSpan?)TimeSpan.FromMinutes(5))));
            Assert.That(bundle.Skipped, Has.Count.EqualTo(1).And.All.StartsWith("keys[0]: "));
            Assert.That(Parse(JsonTexts.KeySet(One.Jwk("sig"))).Skipped.Single(), Does.Contain("one").And.Contain("sig"));
            Assert.That(Parse(JsonTexts.KeySet(One.Jwk("jwt-svid"), Two.As(keyId: "one").Jwk("jwt-svid"))).Skipped.Single(), Does.Contain("two different keys"));
        });
    }

    [Test]
    public void The_version_names_the_content_and_the_trust_domain()
    {
        var document = JsonTexts.KeySet(One.Jwk());
        Assert.Multiple(() =>
        {
            Assert.That(Parse(document).Version, Is.EqualTo(Parse(document + "").Version));
            Assert.That(Parse(document).Version, Is.Not.EqualTo(Parse(JsonTexts.KeySet(Two.Jwk())).Version));
            Assert.That(Parse(document).Version, Is.Not.EqualTo(Parse(document, "other.com").Version));
        });
    }

    private static Bundle Parse(string document, string trustDomain = "customer.com") => Result(document, trustDomain).Value;

    private static Result<Bundle> Result(string document, string trustDomain = "customer.com") =>
        BundleParser.Parse(SvidFixture.Domain(trustDomain), Encoding.UTF8.GetBytes(document), DateTimeOffset.UnixEpoch);
}
