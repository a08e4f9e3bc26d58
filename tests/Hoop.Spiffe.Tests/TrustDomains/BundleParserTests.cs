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
    [TestCase(null, "sig", null, "one three two")]
    [TestCase(null, "enc", "future-use", "one")]
    [TestCase("sig", "sig", "sig", "one three two")]
    [TestCase("sig", "enc", "jwt-svid", "three")]
    public void Use_decides_which_keys_verify(string? first, string? second, string? third, string expected)
    {
        var bundle = Parse(JsonTexts.KeySet(One.Jwk(first), Two.Jwk(second), Three.Jwk(third)));
        Assert.That(string.Join(' ', bundle.Keys.KeyIds.Order(StringComparer.Ordinal)), Is.EqualTo(expected));
    }

    [TestCase("\"spiffe_sequence\":1")]
    [TestCase("\"spiffe_refresh_hint\":60")]
    [TestCase("\"spiffe_something_new\":null")]
    public void A_document_with_spiffe_members_is_a_spiffe_bundle(string member) =>
        Assert.That(
            Parse("{" + member + "," + JsonTexts.KeySet(One.Jwk(), Two.Jwk("jwt-svid"))[1..]).Keys.KeyIds, Is.EqualTo(new[] { "two" }));

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
            Assert.That(
                (bundle.TrustDomain.Name, bundle.Sequence, bundle.RefreshHint),
                Is.EqualTo(("customer.com", (long?)42, (TimeSpan?)TimeSpan.FromMinutes(5))));
            Assert.That(bundle.Keys.Skipped, Has.Count.EqualTo(1).And.All.StartsWith("keys[0]: "));
            Assert.That(Parse(JsonTexts.KeySet(One.Jwk("enc"))).Keys.Skipped.Single(), Does.Contain("one").And.Contain("enc"));
            Assert.That(
                Parse(JsonTexts.KeySet(One.Jwk("jwt-svid"), Two.As(keyId: "one").Jwk("jwt-svid"))).Keys.Skipped.Single(),
                Does.Contain("two different keys"));
        });
    }

    [Test]
    [Description("SPIRE's OIDC discovery provider with set_key_use")]
    public void A_plain_set_of_signature_keys_verifies()
    {
        var fixture = new SvidFixture().With("customer.com", JsonTexts.KeySet(One.Jwk("sig")));

        Assert.That(fixture.Refuse(One.Sign(fixture.Claims())), Is.Null);
    }

    [Test]
    public void Keys_for_other_svids_are_told_of_only_when_nothing_else_is_there()
    {
        Assert.That(Parse(JsonTexts.KeySet(One.Jwk("jwt-svid"), Two.Jwk("x509-svid"))).Keys.Skipped, Is.Empty);

        var none = Parse(JsonTexts.KeySet(Two.Jwk("x509-svid"), Three.Jwk("sig"))).Keys;
        Assert.That(none.Count, Is.Zero);
        Assert.That(none.Skipped, Has.Count.EqualTo(2).And.All.Contain("only keys with use jwt-svid are used"));
    }

    [TestCase("{0}", Description = "the document itself")]
    [TestCase("\uFEFF{0}")]
    [TestCase("{{\"customer.com\":\"{1}\",\"other.com\":\"e30=\"}}", Description = "spiffe-helper's jwt_bundle_file_name")]
    [TestCase("{{\"spiffe://customer.com\":\"{1}\"}}", Description = "the Workload API's answer")]
    [TestCase("{{\"trust_domains\":{{\"customer.com\":{0},\"other.com\":{{}}}}}}", Description = "a SPIFFE bundle map")]
    [TestCase("{{\"customer.com\":{0}}}")]
    public void A_map_of_bundles_gives_the_one_of_the_trust_domain(string form)
    {
        var document = JsonTexts.KeySet(One.Jwk("jwt-svid"));
        var map = string.Format(
            System.Globalization.CultureInfo.InvariantCulture, form, document, Convert.ToBase64String(Encoding.UTF8.GetBytes(document)));

        var bundle = Parse(map);

        Assert.That(bundle.Keys.KeyIds, Is.EqualTo(new[] { "one" }));
        Assert.That(bundle.Version, Is.EqualTo(Parse(document).Version), "what counts is the same, however it is wrapped");
    }

    [TestCase("{\"other.com\":\"e30=\"}", "bundles of other.com, and none of customer.com")]
    [TestCase("{\"trust_domains\":{}}", "none of customer.com")]
    [TestCase("{\"customer.com\":7}", "neither an object nor base64")]
    [TestCase("{\"customer.com\":\"%%\"}", "neither an object nor base64")]
    [TestCase("{\"customer.com\":\"bm8=\"}", "not valid JSON")]
    [TestCase("{\"kyes\":[]}", "no array named keys")]
    public void A_map_without_a_usable_bundle_says_what_it_holds(string map, string message) =>
        Assert.That(Result(map).Error?.Message, Does.Contain(message));

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
