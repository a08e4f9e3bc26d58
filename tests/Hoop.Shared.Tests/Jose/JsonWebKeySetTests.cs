using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using Hoop.Shared.Jose;
using Hoop.Testing.Jose;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Jose;

[Parallelizable(ParallelScope.All)]
public sealed class JsonWebKeySetTests
{
    private static readonly SigningKey Rsa = SigningKey.Create(JwsAlgorithm.RS256, "rsa");
    private static readonly SigningKey Curve = SigningKey.Create(JwsAlgorithm.ES256, "p256");

    [Test]
    public void Keys_of_each_supported_kind_are_read()
    {
        var set = Parse(
            JsonTexts.KeySet(Rsa.Jwk("sig"), Curve.Jwk(), SigningKey.Create(JwsAlgorithm.ES384, "p384").Jwk("jwt-svid"),
                SigningKey.Create(JwsAlgorithm.ES512, "p521").Jwk(), SigningKey.Create(JwsAlgorithm.EdDSA, "ed25519").Jwk()));
        Assert.Multiple(() =>
        {
            Assert.That(set.Keys.Select(key => (key.KeyId, key.Use, key.Kind)), Is.EqualTo(new (string?, string?, JwsKeyKind)[]
            {
                ("rsa", "sig", JwsKeyKind.Rsa), ("p256", null, JwsKeyKind.P256), (
                    "p384", "jwt-svid", JwsKeyKind.P384), ("p521", null, JwsKeyKind.P521), ("ed25519", null, JwsKeyKind.Ed25519),
            }));
            Assert.That(set.Skipped, Is.Empty);
            Assert.That(set.Uses, Is.EquivalentTo(new[] { "sig", "jwt-svid" }));
        });
    }

    [TestCase("EdDSA", true)]
    [TestCase("Ed25519", true)]
    [TestCase("ed25519", false)]
    [TestCase("Ed448", false)]
    [Description("RFC 9864 section 2.2: the algorithm has a name of its own")]
    public void A_key_of_Ed25519_may_name_its_algorithm_by_either_name(string algorithm, bool isRead)
    {
        var jwk = SigningKey.Create(JwsAlgorithm.EdDSA, "e").Jwk();
        jwk["alg"] = algorithm;

        Assert.That(Parse(JsonTexts.KeySet(jwk)).Keys, Has.Count.EqualTo(isRead ? 1 : 0));
    }

    [TestCase("""{"kty":"oct","kid":"a","k":"c2VjcmV0"}""")]
    [TestCase("""{"kty":"OKP","crv":"Ed448","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""")]
    [TestCase("""{"kty":"OKP","crv":"X25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""")]
    [TestCase("""{"kty":"EC","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""")]
    [TestCase("""{"kty":"OKP","crv":"Ed25519","kid":"a"}""")]
    [TestCase("""{"kty":"OKP","crv":"Ed25519","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUQ"}""")]
    [TestCase("""{"kty":"OKP","crv":"Ed25519","alg":"ES256","kid":"a","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}""")]
    [TestCase("""{"kty":"rsa","kid":"a","n":"AQAB","e":"AQAB"}""")]
    [TestCase("""{"kty":"RSA","kid":"a"}""")]
    [TestCase("""{"kty":"RSA","kid":"a","n":"","e":""}""")]
    [TestCase("""{"kty":"RSA","kid":"a","n":"AAAA","e":"AAAA"}""")]
    [TestCase("""{"kty":"RSA","kid":"a","n":1,"e":2}""")]
    [TestCase("""{"kty":"EC","kid":"a","crv":"P-256"}""")]
    [TestCase("""{"kty":"EC","kid":"a","crv":"secp256k1","x":"AA","y":"AA"}""")]
    [TestCase("""{"kty":"EC","kid":"a","crv":"P-256","x":"AA","y":"AA"}""")]
    [TestCase("""{"kid":"a"}""")]
    [TestCase("""{"kty":null}""")]
    [TestCase("""{"kty":"RSA","kid":7}""")]
    [TestCase("""{"kty":"RSA","use":["jwt-svid"]}""")]
    [TestCase("[]")]
    [TestCase("\"RSA\"")]
    [TestCase("null")]
    [TestCase("1")]
    public void An_element_that_is_no_usable_key_is_skipped_and_listed_and_the_others_stay(string element)
    {
        var set = Parse("{\"keys\":[" + element + "," + Curve.Jwk().ToJsonString() + "]}");
        Assert.Multiple(() =>
        {
            Assert.That(set.Keys.Select(key => key.KeyId), Is.EqualTo(new[] { "p256" }));
            Assert.That(set.Skipped, Has.Count.EqualTo(1));
            Assert.That(set.Skipped[0], Does.StartWith("keys[0]: "));
        });
    }

    [Test]
    public void A_key_with_unsound_numbers_is_skipped()
    {
        var n = Rsa.Jwk()["n"]!.ToString();
        var modulus = Base64Url.DecodeFromChars(n);
        var (x, y) = (Curve.Jwk()["x"]!.ToString(), Curve.Jwk()["y"]!.ToString());
        (string What, JsonObject Jwk)[] unsound =
        [
            ("RSA 1024", SigningKey.Create(JwsAlgorithm.RS256, "weak", rsaBits: 1024).Jwk()),
            ("RSA 2047", Changed(Rsa, "n", Base64Url.EncodeToString([(byte)(modulus[0] & 0x7F), .. modulus.AsSpan(1)]))),
            ("RSA 2048 by zeros",
                Changed(SigningKey.Create(JwsAlgorithm.RS256, "weak", rsaBits: 1024), "n",
                    Base64Url.EncodeToString([.. new byte[128], .. modulus.AsSpan(128)]))),
            ("RSA 8200", Changed(Rsa, "n", Base64Url.EncodeToString([.. modulus, .. modulus, .. modulus, .. modulus, 1]))),
            ("e = 1", Changed(Rsa, "e", "AQ")),
            ("e even", Changed(Rsa, "e", "Ag")),
            ("e of five bytes", Changed(Rsa, "e", "AQAAAAE")),
            ("n even", Changed(Rsa, "n", Base64Url.EncodeToString([.. modulus.AsSpan(0, modulus.Length - 1), 2]))),
            ("n padded", Changed(Rsa, "n", n + "==")),
            ("n in base64", Changed(Rsa, "n", Convert.ToBase64String(modulus))),
            ("alg of a curve", Changed(Rsa, "alg", "ES256")),
            ("alg HS256", Changed(Rsa, "alg", "HS256")),
            ("alg none", Changed(Rsa, "alg", "none")),
            ("alg RSA-OAEP", Changed(Rsa, "alg", "RSA-OAEP")),
            ("x and y swapped", Changed(Changed(Curve, "x", y), "y", x)),
            ("x zero", Changed(Curve, "x", Base64Url.EncodeToString(new byte[32]))),
            ("infinity", Changed(Changed(Curve, "x", Base64Url.EncodeToString(new byte[32])), "y", Base64Url.EncodeToString(new byte[32]))),
            ("x short", Changed(Curve, "x", Base64Url.EncodeToString(Base64Url.DecodeFromChars(x).AsSpan(1)))),
            ("x long", Changed(Curve, "x", Base64Url.EncodeToString([0, .. Base64Url.DecodeFromChars(x)]))),
            ("another curve", Changed(Curve, "crv", "P-384")),
            ("alg of another curve", Changed(Curve, "alg", "ES384")),
            ("alg of RSA", Changed(Curve, "alg", "RS256")),
            ("key_ops sign", Changed(Curve, "key_ops", new JsonArray("sign"))),
            ("key_ops empty", Changed(Curve, "key_ops", new JsonArray())),
            ("key_ops text", Changed(Curve, "key_ops", "verify")),
        ];
        Assert.Multiple(() =>
        {
            foreach (var (what, jwk) in unsound)
            {
                Assert.That(Parse(JsonTexts.KeySet(jwk)).Keys, Is.Empty, what);
            }
        });
    }

    [Test]
    public void Zero_octets_in_front_of_the_modulus_mean_nothing()
    {
        var padded = Changed(Rsa, "n", Base64Url.EncodeToString([0, .. Base64Url.DecodeFromChars(Rsa.Jwk()["n"]!.ToString())]));
        Assert.That(
            Parse(JsonTexts.KeySet(padded)).Keys.Single().Thumbprint,
            Is.EqualTo(Parse(JsonTexts.KeySet(Rsa.Jwk())).Keys.Single().Thumbprint));
    }

    [TestCase("RS256", "RS256", null)]
    [TestCase("RS256", "PS256", "algorithm")]
    [TestCase("RS256", "RS512", "algorithm")]
    [TestCase("PS256", "RS256", "algorithm")]
    [TestCase("PS256", "PS256", null)]
    [TestCase(null, "PS512", null)]
    public void An_rsa_key_that_states_alg_verifies_nothing_else(string? stated, string used, string? code)
    {
        var ring = Parse(JsonTexts.KeySet(stated is null ? Rsa.Jwk() : Changed(Rsa, "alg", stated))).Select(_ => null);
        Assert.That(CompactJws.TryParse(Rsa.As(JwsAlgorithms.Find(used)).Sign("{\"exp\":1}"), out var jws, out _), Is.True);
        using (jws)
        {
            Assert.That(jws.Verify(ring)?.Code, Is.EqualTo(code));
        }
    }

    [Test]
    public void A_name_that_two_different_keys_claim_names_neither()
    {
        var (first, second) = (SigningKey.Create(JwsAlgorithm.ES256, "same"), SigningKey.Create(JwsAlgorithm.ES256, "same"));
        var ring = Parse(JsonTexts.KeySet(first.Jwk(), Curve.Jwk(), second.Jwk())).Select(_ => null);
        Assert.Multiple(() =>
        {
            Assert.That(ring.Find("same", JwsAlgorithm.ES256), Is.Null);
            Assert.That(ring.Skipped, Is.EqualTo(new[] { "kid same: two different keys have this name, so neither is used for ES256" }));
            Assert.That(ring.KeyIds, Is.EqualTo(new[] { "p256" }));
            Assert.That(
                Parse(JsonTexts.KeySet(first.Jwk(), first.Jwk())).Select(_ => null).Find("same", JwsAlgorithm.ES256),
                Is.Not.Null,
                "the same key twice is one key");
            Assert.That(
                Parse(
                    JsonTexts.KeySet(first.Jwk("jwt-svid"), second.Jwk("x509-svid"))).Select(
                        key => key.Use == "jwt-svid" ? null : "").Find("same", JwsAlgorithm.ES256),
                Is.Not.Null,
                "keys that do not count do not disturb");
        });
    }

    [Test]
    [Description("A provider lists its key once for each algorithm, all under one kid")]
    public void One_key_listed_once_for_each_algorithm_verifies_each_of_them()
    {
        var ring = Parse(
            JsonTexts.KeySet(Changed(Rsa, "alg", "RS256"), Changed(Rsa, "alg", "RS384"), Changed(Rsa, "alg", "PS512"))).Select(_ => null);
        Assert.Multiple(() =>
        {
            Assert.That(ring.Count, Is.EqualTo(1));
            Assert.That(ring.Skipped, Is.Empty);
            foreach (var algorithm in Enum.GetValues<JwsAlgorithm>())
            {
                var listed = algorithm is JwsAlgorithm.RS256 or JwsAlgorithm.RS384 or JwsAlgorithm.PS512;
                Assert.That(ring.Find("rsa", algorithm) is not null, Is.EqualTo(listed), $"{algorithm}");
            }

            Assert.That(Refusal(ring, Rsa.As(JwsAlgorithm.RS384).Sign("{\"exp\":1}")), Is.Null);
            Assert.That(Refusal(ring, Rsa.As(JwsAlgorithm.RS512).Sign("{\"exp\":1}")), Is.EqualTo("algorithm"));
        });
    }

    [Test]
    [Description("RFC 7517 section 4.5: different keys may share a kid when their kty differs")]
    public void Keys_of_different_kinds_may_share_a_name()
    {
        var curve = SigningKey.Create(JwsAlgorithm.ES256, "rsa");
        var ring = Parse(JsonTexts.KeySet(Rsa.Jwk(), curve.Jwk())).Select(_ => null);
        Assert.Multiple(() =>
        {
            Assert.That(ring.Count, Is.EqualTo(2));
            Assert.That(Refusal(ring, Rsa.Sign("{\"exp\":1}")), Is.Null);
            Assert.That(Refusal(ring, curve.Sign("{\"exp\":1}")), Is.Null);
            Assert.That(Refusal(ring, SigningKey.Create(JwsAlgorithm.ES256, "rsa").Sign("{\"exp\":1}")), Is.EqualTo("signature"));
        });
    }

    [Test]
    public void Two_keys_that_differ_clash_only_for_the_algorithms_that_both_could_verify()
    {
        var other = SigningKey.Create(JwsAlgorithm.RS256, "rsa");
        var ring = Parse(JsonTexts.KeySet(Changed(Rsa, "alg", "RS256"), other.Jwk())).Select(_ => null);
        Assert.Multiple(() =>
        {
            Assert.That(ring.Find("rsa", JwsAlgorithm.RS256), Is.Null, "both could");
            Assert.That(ring.Find("rsa", JwsAlgorithm.PS256)?.Algorithm, Is.Null, "only the one that states no alg");
            Assert.That(Refusal(ring, other.As(JwsAlgorithm.PS256).Sign("{\"exp\":1}")), Is.Null);
            Assert.That(ring.Skipped.Single(), Does.EndWith("used for RS256"));
        });
    }

    [Test]
    public void A_key_without_a_name_is_never_found()
    {
        var jwk = Curve.Jwk();
        jwk.Remove("kid");
        var ring = Parse(JsonTexts.KeySet(jwk, Changed(Curve, "kid", ""))).Select(_ => null);
        Assert.That(ring.Find("p256", JwsAlgorithm.ES256), Is.Null);
        Assert.That(Refusal(ring, Curve.Sign("""{"alg":"ES256"}""", "{\"exp\":1}")), Is.EqualTo("malformed"));
        Assert.That(
            Refusal(ring, Curve.Sign("""{"alg":"ES256","kid":""}""", "{\"exp\":1}")), Is.EqualTo("malformed"), "nor by the empty name");
    }

    [Test]
    public void Private_members_are_never_loaded()
    {
        var canary = "cHJpdmF0ZS1jYW5hcnk";
        var jwk = Changed(Rsa, "d", canary);
        foreach (var member in new[] { "p", "q", "dp", "dq", "qi" })
        {
            jwk[member] = canary;
        }

        var set = Parse(JsonTexts.KeySet(jwk));
        Assert.That(
            set.Keys.Single().Thumbprint,
            Is.EqualTo(Parse(JsonTexts.KeySet(Rsa.Jwk())).Keys.Single().Thumbprint),
            "nonsense in private members does not even disturb");
        Assert.That(set.Skipped, Is.Empty);
    }

    [TestCase("")]
    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("null")]
    [TestCase("{\"keys\":null}")]
    [TestCase("{\"keys\":{}}")]
    [TestCase("{\"keys\":\"\"}")]
    [TestCase("{\"Keys\":[]}")]
    [TestCase("{\"keys\":[]")]
    [TestCase("{\"keys\":[],}")]
    [TestCase("{\"keys\":[]}x")]
    [TestCase("{\"keys\":[],\"keys\":[]}")]
    [TestCase("{\"keys\":[],\"\\u006beys\":[]}")]
    [TestCase("{\"keys\":[{\"kty\":\"RSA\",\"kty\":\"EC\"}]}")]
    [TestCase("{\"keys\":[{\"kty\":\"\\ud800\"}]}")]
    [TestCase("{\"keys\":[],\"spiffe_sequence\":\"1\"}")]
    [TestCase("{\"keys\":[],\"spiffe_sequence\":1.5}")]
    [TestCase("{\"keys\":[],\"spiffe_sequence\":-1}")]
    [TestCase("{\"keys\":[],\"spiffe_sequence\":null}")]
    [TestCase("{\"keys\":[],\"spiffe_sequence\":9223372036854775808}")]
    [TestCase("<html></html>")]
    public void A_document_that_cannot_be_trusted_as_a_whole_is_an_error(string json)
    {
        Assert.That(JsonWebKeySet.Parse(Encoding.UTF8.GetBytes(json)).Error?.Code, Is.EqualTo("key_set"));
    }

    [Test]
    public void Size_count_and_depth_are_limited()
    {
        var elements = Enumerable.Repeat("""{"kty":"oct"}""", 256);
        Assert.Multiple(() =>
        {
            Assert.That(Parse("{\"keys\":[" + string.Join(',', elements) + "]}").Skipped, Has.Count.EqualTo(256));
            Assert.That(
                JsonWebKeySet.Parse(Encoding.UTF8.GetBytes("{\"keys\":[" + string.Join(',', elements.Append("1")) + "]}")).Error?.Message,
                Does.Contain("256"));
            Assert.That(Parse("{\"keys\":[]}" + new string(' ', JsonWebKeySet.MaxBytes - 11)).Keys, Is.Empty);
            Assert.That(
                JsonWebKeySet.Parse(Encoding.UTF8.GetBytes("{\"keys\":[]}" + new string(' ', JsonWebKeySet.MaxBytes - 10))).Error?.Message,
                Does.Contain("1 MiB"));
            Assert.That(
                JsonWebKeySet.Parse(Encoding.UTF8.GetBytes("{\"keys\":[" + new string('[', 100) + new string(']', 100) + "]}")).Error,
                Is.Not.Null);
            Assert.That(JsonWebKeySet.Parse(new byte[] { (byte)'{', (byte)'"', 0xC3, 0x28 }).Error, Is.Not.Null);
        });
    }

    [TestCase("-1", 1)]
    [TestCase("-9223372036854775808", 1)]
    [TestCase("0.25", 1)]
    [TestCase("300.5", 300.5)]
    [TestCase("1e12", 315_360_000)]
    [TestCase("1e999", 315_360_000)]
    [TestCase("99999999999999999999999", 315_360_000)]
    [TestCase("0", null)]
    [TestCase("\"60\"", null)]
    [TestCase("null", null)]
    [TestCase("[]", null)]
    public void A_hint_is_bounded_and_never_takes_the_keys_along(string hint, double? seconds)
    {
        var set = Parse("{\"spiffe_refresh_hint\":" + hint + "," + JsonTexts.KeySet(Curve.Jwk())[1..]);

        Assert.That(set.SpiffeRefreshHint?.TotalSeconds, Is.EqualTo(seconds));
        Assert.That(set.Keys, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_byte_order_mark_in_front_is_skipped_once()
    {
        var json = JsonTexts.KeySet(Curve.Jwk());

        Assert.That(Parse("\uFEFF" + json).Keys, Has.Count.EqualTo(1));
        Assert.That(JsonWebKeySet.Parse(Encoding.UTF8.GetBytes("\uFEFF\uFEFF" + json)).Error?.Code, Is.EqualTo("key_set"));
    }

    [Test]
    public void Spiffe_members_are_surfaced()
    {
        var set = Parse("""{"spiffe_sequence":9223372036854775807,"spiffe_refresh_hint":300,"keys":[]}""");
        var plain = Parse("""{"spiffe_refresh_hint":0,"other":1,"keys":[]}""");
        Assert.Multiple(() =>
        {
            Assert.That(
                (set.SpiffeSequence, set.SpiffeRefreshHint, set.HasSpiffeMembers),
                Is.EqualTo((long.MaxValue, TimeSpan.FromMinutes(5), true)));
            Assert.That(
                (plain.SpiffeSequence, plain.SpiffeRefreshHint, plain.HasSpiffeMembers), Is.EqualTo(((long?)null, (TimeSpan?)null, true)));
            Assert.That(Parse("""{"keys":[]}""").HasSpiffeMembers, Is.False);
        });
    }

    [Test]
    public void One_key_verifies_for_many_threads_at_once(
        [Values(JwsAlgorithm.RS256, JwsAlgorithm.PS256, JwsAlgorithm.ES256)] JwsAlgorithm algorithm)
    {
        var signer = algorithm == JwsAlgorithm.ES256 ? Curve : Rsa.As(algorithm);
        var key = Parse(JsonTexts.KeySet(signer.Jwk())).Keys.Single();
        var messages = Enumerable.Range(0, 64).Select(i => Encoding.ASCII.GetBytes($"message {i}")).ToArray();
        var signatures = messages.Select(signer.Signature).ToArray();
        var wrong = 0;
        Parallel.For(0, 4_000, new ParallelOptions { MaxDegreeOfParallelism = 32 }, i =>
        {
            var (message, signature) = (i % 64, i % 3 == 0 ? (i + 1) % 64 : i % 64);
            if (key.Verify(algorithm, messages[message], signatures[signature]) != (message == signature))
            {
                Interlocked.Increment(ref wrong);
            }
        });
        Assert.That(wrong, Is.Zero);
    }

    private static string? Refusal(KeyRing ring, string token)
    {
        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return refusal.Code;
        }

        using (jws)
        {
            return jws.Verify(ring)?.Code;
        }
    }

    private static JsonWebKeySet Parse(string json) => JsonWebKeySet.Parse(Encoding.UTF8.GetBytes(json)).Value;

    private static JsonObject Changed(SigningKey key, string member, JsonNode value) => Changed(key.Jwk(), member, value);

    private static JsonObject Changed(JsonObject jwk, string member, JsonNode value)
    {
        jwk[member] = value;
        return jwk;
    }
}
