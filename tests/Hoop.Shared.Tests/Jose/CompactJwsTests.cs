using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Hoop.Shared.Jose;
using Hoop.Testing.Jose;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Jose;

[Parallelizable(ParallelScope.All)]
public sealed class CompactJwsTests
{
    private const string Payload = """{"sub":"spiffe://customer.com/agent","aud":["hoop-gateway"],"exp":4102444800}""";

    private static readonly JwsAlgorithm[] All = Enum.GetValues<JwsAlgorithm>();

    private static readonly Dictionary<JwsKeyKind, SigningKey> Keys = new()
    {
        [JwsKeyKind.Rsa] = SigningKey.Create(JwsAlgorithm.RS256, "rsa"),
        [JwsKeyKind.P256] = SigningKey.Create(JwsAlgorithm.ES256, "p256"),
        [JwsKeyKind.P384] = SigningKey.Create(JwsAlgorithm.ES384, "p384"),
        [JwsKeyKind.P521] = SigningKey.Create(JwsAlgorithm.ES512, "p521"),
        [JwsKeyKind.Ed25519] = SigningKey.Create(JwsAlgorithm.EdDSA, "ed25519"),
    };

    private static readonly KeyRing Ring = RingOf(Keys.Values);

    private static SigningKey Rsa => Keys[JwsKeyKind.Rsa];

    [TestCaseSource(nameof(All))]
    public void A_token_of_each_algorithm_is_accepted_with_its_key(JwsAlgorithm algorithm)
    {
        var key = Keys[algorithm.KeyKind()].As(algorithm);
        using var jws = Parse(key.Sign(Payload));
        Assert.That(jws.Verify(Ring), Is.Null);
        Assert.That(Encoding.UTF8.GetString(jws.Payload), Is.EqualTo(Payload));
        Assert.That(jws.Header, Is.EqualTo(new JwsHeader(algorithm, key.KeyId, "JWT")));
    }

    [Test]
    public void Every_algorithm_name_is_refused_with_every_kind_of_key_that_is_not_its_own(
        [Values("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "EdDSA",
            "eddsa", "Ed25519", "ES256K", "none", "None", "NONE", "nOnE", "rs256", "RS256 ", "RS1", "A128KW", "RSA-OAEP", "dir", "")]
        string name,
        [Values] JwsKeyKind kind)
    {
        var key = Keys[kind];
        var own = JwsAlgorithms.Find(name);
        var token = key.Sign($$"""{"alg":"{{name}}","kid":"{{key.KeyId}}"}""", Payload);
        var code = Refuse(token);
        Assert.That(code, own?.KeyKind() == kind && own != key.Algorithm ? Is.EqualTo("signature")
            : own == key.Algorithm ? Is.Null
            : Is.EqualTo("algorithm"));
    }

    [TestCase("EdDSA", "Ed25519")]
    [TestCase("Ed25519", "EdDSA")]
    [TestCase("Ed25519", "Ed25519")]
    public void A_token_and_its_key_may_call_Ed25519_by_either_name(string ofToken, string ofKey)
    {
        var jwk = Keys[JwsKeyKind.Ed25519].Jwk();
        jwk["alg"] = ofKey;
        var ring = JsonWebKeySet.Parse(Encoding.UTF8.GetBytes(JsonTexts.KeySet(jwk))).Value.Select(_ => null);
        using var jws = Parse(Keys[JwsKeyKind.Ed25519].Sign($$"""{"alg":"{{ofToken}}","kid":"ed25519"}""", Payload));

        Assert.That((jws.Header.Algorithm, jws.Verify(ring)), Is.EqualTo((JwsAlgorithm.EdDSA, (Hoop.Shared.Callers.Refusal?)null)));
    }

    [Test(Description = "CVE-2015-9235, CVE-2026-33322, CVE-2024-54150")]
    public void A_token_signed_with_the_public_key_as_a_shared_secret_is_refused([Values("HS256", "HS384", "HS512", "RS256")] string name)
    {
        foreach (var secret in new[] { Rsa.SubjectPublicKeyInfoPem(), Rsa.SubjectPublicKeyInfoPem() + "\n", Rsa.Jwk()["n"]!.ToString() })
        {
            var input = SigningKey.Encode($$"""{"alg":"{{name}}","kid":"rsa"}""") + "." + SigningKey.Encode(Payload);
            var mac = HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.ASCII.GetBytes(input));
            Assert.That(Refuse(input + "." + Base64Url.EncodeToString(mac)), Is.EqualTo(name == "RS256" ? "signature" : "algorithm"));
        }
    }

    [Test(Description = "CVE-2022-21449")]
    public void An_ecdsa_signature_of_zeros_is_refused([Values(JwsKeyKind.P256, JwsKeyKind.P384, JwsKeyKind.P521)] JwsKeyKind kind)
    {
        var key = Keys[kind];
        var length = key.Signature([]).Length;
        var good = key.Signature(Encoding.ASCII.GetBytes(SigningKey.Encode(key.Header()) + "." + SigningKey.Encode(Payload)));
        var order = Enumerable.Repeat((byte)0xFF, length).ToArray();
        byte[][] forged =
        [
            new byte[length],
            [.. good[..(length / 2)], .. new byte[length / 2]],
            [.. new byte[length / 2], .. good[(length / 2)..]],
            order,
            [.. new byte[(length / 2) - 1], 1, .. new byte[(length / 2) - 1], 1],
            good[..^1],
            [.. good, 0],
            [0, .. good],
            [],
        ];
        Assert.Multiple(() =>
        {
            Assert.That(RefuseSigned(key, good), Is.Null, "the signature that the forgeries start from is good");
            foreach (var signature in forged)
            {
                Assert.That(
                    RefuseSigned(key, signature),
                    Is.EqualTo(signature.Length == 0 ? "malformed" : "signature"),
                    Convert.ToHexString(signature));
            }
        });
    }

    [Test]
    public void A_der_signature_is_refused()
    {
        var key = Keys[JwsKeyKind.P256];
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.That(
            RefuseSigned(key, ecdsa.SignData([1], HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)),
            Is.EqualTo("signature"));
    }

    [Test]
    public void An_rsa_signature_of_another_length_is_refused([Values(-1, 1)] int change)
    {
        var good = Rsa.Signature(Encoding.ASCII.GetBytes(SigningKey.Encode(Rsa.Header()) + "." + SigningKey.Encode(Payload)));
        var other = change < 0 ? good[1..] : [0, .. good];
        Assert.That(RefuseSigned(Rsa, good), Is.Null);
        Assert.That(RefuseSigned(Rsa, other), Is.EqualTo("signature"));
    }

    [Test(Description = "CVE-2025-24976, CVE-2024-21643")]
    public void Keys_that_the_token_brings_along_are_ignored([Values("jwk", "jku", "x5c", "x5u", "x5t")] string member)
    {
        var attacker = SigningKey.Create(JwsAlgorithm.ES256, "p256");
        var value = member switch { "jwk" => attacker.Jwk().ToJsonString(), "x5c" => """["MIIB"]""", _ => "\"https://127.0.0.1:9/keys\"" };
        var header = $$"""{"alg":"ES256","kid":"p256","{{member}}":{{value}}}""";
        Assert.Multiple(() =>
        {
            Assert.That(Refuse(attacker.Sign(header, Payload)), Is.EqualTo("signature"));
            Assert.That(
                Refuse(attacker.Sign(header.Replace("\"p256\"", "\"mine\"", StringComparison.Ordinal), Payload)),
                Is.EqualTo("unknown_key"));
            Assert.That(Refuse(Keys[JwsKeyKind.P256].Sign(header, Payload)), Is.Null, "the member alone does no harm");
        });
    }

    [TestCase("""{"alg":"RS256","kid":"rsa","crit":["exp"],"exp":1}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa","crit":[]}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa","b64":false}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa","b64":true}""", "malformed")]
    [TestCase("""{"alg":"RS256"}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":""}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":null}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":1}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":["rsa"]}""", "malformed")]
    [TestCase("""{"alg":["RS256"],"kid":"rsa"}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa","typ":1}""", "malformed")]
    [TestCase("""{"kid":"rsa"}""", "algorithm")]
    [TestCase("""{"ALG":"RS256","kid":"rsa"}""", "algorithm")]
    [TestCase("""{"alg":"RS256","KID":"rsa"}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"RSA"}""", "unknown_key")]
    [TestCase("""{"alg":"RS256","kid":"rsa "}""", "unknown_key")]
    [TestCase("""{"alg":"RS256","kid":"rs"}""", "unknown_key")]
    [TestCase("""{"alg":"RS256","kid":"rsa\u0000"}""", "unknown_key")]
    [TestCase("""{"alg":"RS256","kid":"rsa","kid":"rsa"}""", "malformed")]
    [TestCase("""{"alg":"none","alg":"RS256","kid":"rsa"}""", "malformed")]
    [TestCase("""{"alg":"RS256","\u0061lg":"RS256","kid":"rsa"}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa","x":{"a":1,"a":2}}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa","x":[{"a":1},{"a":2}]}""", null)]
    [TestCase("""{"alg":"RS256","kid":"rsa","x":"\ud800"}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa","\udc00":1}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa",}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa"}{}""", "malformed")]
    [TestCase("""{"alg":"RS256","kid":"rsa"} x""", "malformed")]
    [TestCase("""/* */{"alg":"RS256","kid":"rsa"}""", "malformed")]
    [TestCase("""[{"alg":"RS256","kid":"rsa"}]""", "malformed")]
    [TestCase("\"RS256\"", "malformed")]
    [TestCase("1", "malformed")]
    [TestCase("null", "malformed")]
    [TestCase("\uFEFF{\"alg\":\"RS256\",\"kid\":\"rsa\"}", "malformed")]
    [TestCase(" {\"alg\":\"RS256\",\"kid\":\"rsa\"}\n", null)]
    [TestCase("""{"\u0061lg":"RS256","k\u0069d":"rsa"}""", null)]
    public void A_header_is_read_strictly(string header, string? code) => Assert.That(Refuse(Rsa.Sign(header, Payload)), Is.EqualTo(code));

    [Test(Description = "CVE-2026-27896, GHSA-q382-vc8q-7jhj")]
    public void A_repeated_member_is_refused_at_any_depth_and_in_any_spelling()
    {
        string[] payloads =
        [
            """{"sub":"a","sub":"b","exp":1}""", """{"sub":"a","s\u0075b":"b","exp":1}""", """{"exp":1,"x":{"y":{"z":1,"z":1}}}""",
                """{"exp":1,"x":[{"z":1,"\u007a":1}]}""",
            """{"exp":1,"x":{"exp":1},"exp":2}""",
        ];
        Assert.Multiple(() =>
        {
            foreach (var payload in payloads)
            {
                Assert.That(ClaimsRefusal(payload), Is.EqualTo("malformed"), payload);
            }

            Assert.That(
                ClaimsRefusal("""{"exp":1,"x":{"exp":1},"y":[{"exp":1},{"exp":1}],"Exp":2}"""), Is.Null, "same name, other objects");
        });
    }

    [Test]
    public void Deep_and_broken_payloads_are_refused_and_wide_ones_are_read()
    {
        var deep = """{"exp":1,"x":""" + new string('[', 2000) + new string(']', 2000) + "}";
        var wide = "{" + string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"a{i}\":1")) + ",\"exp\":1}";
        Assert.Multiple(() =>
        {
            Assert.That(ClaimsRefusal(deep), Is.EqualTo("malformed"));
            Assert.That(ClaimsRefusal(wide), Is.Null, "the size is the limit, not the number of members");
            Assert.That(ClaimsRefusal(wide[..^1] + ",\"a7\":2}"), Is.EqualTo("malformed"), "repeated among many");
            Assert.That(ClaimsRefusal(wide[..^1] + ",\"a299\":2}"), Is.EqualTo("malformed"), "repeated after many");
            Assert.That(ClaimsRefusal("[1]"), Is.EqualTo("malformed"));
            Assert.That(ClaimsRefusal(""), Is.EqualTo("malformed"));
            Assert.That(ClaimsRefusal("{\"exp\":1}\0"), Is.EqualTo("malformed"));
            Assert.That(JwtClaims.TryRead([.. "{\"exp\":1,\"x\":\""u8, 0xFF, .. "\"}"u8], out _, out _), Is.False, "not UTF-8");
        });
    }

    [Test(Description = "CVE-2025-30204, CVE-2024-28180, CVE-2026-34986, CVE-2024-21319")]
    public void Size_and_segments_are_checked_before_anything_else()
    {
        var good = Rsa.Sign(Payload);
        var parts = good.Split('.');
        string?[] refused =
        [
            null, "", ".", "..", "...", "a", "a.b", "a.b.c.d", "a.b.c.d.e", good + ".", "." + good, good + ".x",
                parts[0] + ".." + parts[2], "." + parts[1] + "." + parts[2],
            parts[0] + "." + parts[1] + ".", new string('.', 16 * 1024), new string('.', 1_000_000), new string('a', 16 * 1024 + 1),
                good + " ", " " + good, good + "\n",
            good.Replace('.', '\uFF0E'), parts[0] + "." + parts[1] + "." + parts[2] + "\u00AD",
        ];
        Assert.Multiple(() =>
        {
            foreach (var token in refused)
            {
                Assert.That(Refuse(token), Is.EqualTo("malformed"), token is { Length: > 60 } ? token[..60] : token);
            }
        });
    }

    [Test]
    public void The_largest_token_is_accepted_and_one_character_more_is_not()
    {
        static string Token(int filler) => Rsa.Sign($$"""{"exp":1,"x":"{{new string('a', filler)}}"}""");
        var filler = (CompactJws.MaxLength - Token(0).Length) * 3 / 4;
        var (largest, tooLarge) = (Token(filler), Token(filler + 3));
        Assert.That(largest, Has.Length.InRange(CompactJws.MaxLength - 3, CompactJws.MaxLength));
        Assert.That(Refuse(largest), Is.Null);
        Assert.That(Refuse(tooLarge), Is.EqualTo("malformed"));
    }

    [Test(Description = "CVE-2025-30204")]
    public void Refusing_a_huge_token_allocates_next_to_nothing()
    {
        var huge = new string('.', 10_000_000);
        Refuse(huge);
        var before = GC.GetAllocatedBytesForCurrentThread();
        var parsed = CompactJws.TryParse(huge, out _, out _);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(parsed, Is.False);
        Assert.That(allocated, Is.LessThan(200));
    }

    [Test]
    public void Each_segment_has_exactly_one_spelling()
    {
        var good = Rsa.Sign(Payload);
        var parts = good.Split('.');
        Assert.That(parts[2].Length % 4, Is.EqualTo(2), "a signature of 256 bytes leaves four unused bits");
        var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        var last = alphabet.IndexOf(parts[2][^1], StringComparison.Ordinal);
        Assert.Multiple(() =>
        {
            Assert.That(Refuse(good), Is.Null);
            for (var bits = 1; bits < 16; bits++)
            {
                Assert.That(Refuse(good[..^1] + alphabet[last | bits]), Is.EqualTo("malformed"));
            }

            foreach (var tail in new[] { "=", "==", " ", "\t", "\r\n", "+", "/", "%3D" })
            {
                Assert.That(Refuse(good + tail), Is.EqualTo("malformed"), tail);
                Assert.That(Refuse(parts[0] + tail + "." + parts[1] + "." + parts[2]), Is.EqualTo("malformed"), tail);
                Assert.That(Refuse(parts[0] + "." + parts[1].Insert(4, tail) + "." + parts[2]), Is.EqualTo("malformed"), tail);
            }
        });
    }

    [Test]
    public void Any_change_of_one_character_is_refused_and_nothing_throws([Values] JwsKeyKind kind)
    {
        var good = Keys[kind].Sign(Payload);
        var mutation = Gen.Choose(0, good.Length - 1).SelectMany(at => Gen.OneOf(
            Gen.Choose(0, 0x7F).Select(character => good[..at] + (char)character + good[(at + 1)..]),
            Gen.Choose(0, 0xFFFF).Select(character => good[..at] + (char)character + good[(at + 1)..]),
            Gen.Choose(0, 0x7F).Select(character => good.Insert(at, ((char)character).ToString())),
            Gen.Constant(good.Remove(at, 1)),
            Gen.Constant(good[..at]))).Where(token => token != good);
        Prop.ForAll(mutation.ToArbitrary(), token => Refuse(token) is not null).Check(Config.QuickThrowOnFailure.WithMaxTest(2_000));
    }

    [Test]
    public void Any_text_is_refused_and_nothing_throws() =>
        Prop.ForAll<string, string, string>((header, payload, signature) =>
            Refuse(header) is not null
            && Refuse(
                $"{SigningKey.Encode(header ?? "")}.{SigningKey.Encode(payload ?? "")}.{SigningKey.Encode(signature ?? "")}") is not null
            && Refuse(Rsa.Sign("{\"alg\":\"RS256\",\"kid\":\"rsa\",," + header, payload ?? "")) is not null)
        .Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Test]
    public void A_refusal_is_one_printable_line_without_the_token()
    {
        var token = Rsa.Sign("""{"alg":"RS256","kid":"a\u001b[31m\n\u202eb"}""", Payload);
        using var jws = Parse(token);
        Assert.That(jws.Verify(Ring)!.Reason, Is.EqualTo(@"no usable key has the kid a\u001b[31m\u000a\u202eb"));
    }

    private static KeyRing RingOf(IEnumerable<SigningKey> keys) =>
        JsonWebKeySet.Parse(Encoding.UTF8.GetBytes(JsonTexts.KeySet(keys.Select(key => key.Jwk())))).Value.Select(_ => null);

    private static CompactJws Parse(string token) =>
        CompactJws.TryParse(token, out var jws, out var refusal) ? jws : throw new AssertionException(refusal.Reason);

    private static string? RefuseSigned(SigningKey key, byte[] signature) =>
        Refuse(SigningKey.Encode(key.Header()) + "." + SigningKey.Encode(Payload) + "." + Base64Url.EncodeToString(signature));

    private static string? Refuse(string? token)
    {
        if (!CompactJws.TryParse(token, out var jws, out var refusal))
        {
            return refusal.Code;
        }

        using (jws)
        {
            return jws.Verify(Ring)?.Code;
        }
    }

    private static string? ClaimsRefusal(string payload) =>
        JwtClaims.TryRead(Encoding.UTF8.GetBytes(payload), out _, out var refusal) ? null : refusal.Code;
}
