using System.Text;
using Hoop.Shared.Callers;
using Hoop.Shared.Jose;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Jose;

[Parallelizable(ParallelScope.All)]
public sealed class JwtClaimsTests
{
    [TestCase("4102444800", "2100-01-01T00:00:00.0000000Z")]
    [TestCase("4102444800.0", "2100-01-01T00:00:00.0000000Z")]
    [TestCase("4102444800.5", "2100-01-01T00:00:00.5000000Z")]
    [TestCase("4.1024448e9", "2100-01-01T00:00:00.0000000Z")]
    [TestCase("0", "1970-01-01T00:00:00.0000000Z")]
    [TestCase("253402300799", "9999-12-31T23:59:59.0000000Z")]
    public void Exp_is_a_number_of_seconds_since_1970(string exp, string expected)
    {
        var accepted = JwtClaims.TryRead(Encoding.UTF8.GetBytes($$"""{"exp":{{exp}}}"""), out var claims, out var refusal);
        Assert.That(accepted, Is.True, refusal?.Reason);
        Assert.That(claims.Times.ExpiresAt.UtcDateTime.ToString("O"), Is.EqualTo(expected));
    }

    [TestCase("exp")]
    [TestCase("nbf")]
    [TestCase("iat")]
    public void A_time_of_another_type_or_out_of_range_is_refused(string claim)
    {
        Assert.Multiple(() =>
        {
            foreach (var value in new[]
            {
                "\"4102444800\"", "null", "true", "[]", "[4102444800]", "{}", "\"\"", "-1", "-0.5", "253402300800", "9223372036854775807",
                    "9223372036854775808",
                "18446744073709551616", "1e18", "1e300", "1e999", "-1e999", "NaN", "Infinity", "0x10", "+1", "01", "1.", ".5",
                    new string('9', 5000),
            })
            {
                var rest = claim == "exp" ? "" : ",\"exp\":4102444800";
                Assert.That(Refusal($$"""{"{{claim}}":{{value}}{{rest}}}""")?.Code, Is.EqualTo("malformed"), value);
            }
        });
    }

    [TestCase("""{}""", Description = "SPIRE 1.12.3, GHSA-wxg7-w2v3-w38g")]
    [TestCase("""{"sub":"a","aud":"b"}""", Description = "SPIRE 1.12.3")]
    [TestCase("""{"EXP":4102444800}""")]
    [TestCase("""{"x":{"exp":4102444800}}""")]
    public void Exp_is_demanded(string payload) => Assert.That(Refusal(payload)?.Reason, Is.EqualTo("exp is missing"));

    [TestCase("\"a\"", new[] { "a" })]
    [TestCase("[\"a\"]", new[] { "a" })]
    [TestCase("[\"a\",\"b\"]", new[] { "a", "b" })]
    [TestCase("[]", new string[0])]
    public void Aud_is_a_string_or_an_array_of_strings(string aud, string[] expected)
    {
        Assert.That(JwtClaims.TryRead(Encoding.UTF8.GetBytes($$"""{"aud":{{aud}},"sub":"s","exp":1}"""), out var claims, out _), Is.True);
        Assert.That(claims.Audience, Is.EqualTo(expected));
        Assert.That(claims.Subject, Is.EqualTo("s"), "reading goes on after the array");
    }

    [TestCase("null")]
    [TestCase("1")]
    [TestCase("true")]
    [TestCase("{}")]
    [TestCase("{\"a\":\"hoop-gateway\"}")]
    [TestCase("[1]")]
    [TestCase("[\"a\",null]")]
    [TestCase("[\"a\",[\"b\"]]")]
    [TestCase("[[\"a\"]]")]
    public void Another_kind_of_aud_is_refused(string aud) =>
        Assert.That(Refusal($$"""{"aud":{{aud}},"exp":1}""")?.Code, Is.EqualTo("malformed"));

    [TestCase("sub", "1")]
    [TestCase("sub", "null")]
    [TestCase("sub", "[\"spiffe://td/a\",\"spiffe://td/b\"]", Description = "CVE-2022-40716: several identities in one credential")]
    [TestCase("sub", "{}")]
    [TestCase("iss", "1")]
    [TestCase("iss", "null")]
    [TestCase("iss", "[\"https://issuer\"]")]
    public void Sub_and_iss_are_strings(string claim, string value) =>
        Assert.That(Refusal($$"""{"{{claim}}":{{value}},"exp":1}""")?.Code, Is.EqualTo("malformed"));

    [Test]
    public void Other_claims_are_found_by_their_exact_name_at_the_top_level_only()
    {
        var payload = """
            {"exp":1,"x":{"groups":["inner"],"name":"inner"},"groups":["a","b"],"https:\/\/hoop.dev\/roles":["r"],"name":"n","one":"o","number":1,"nothing":null,"mixed":["a",1],"empty":[]}
            """u8;
        Assert.That(JwtClaims.TryRead(payload, out var claims, out _), Is.True);
        Assert.That((claims.TryGetStrings("groups", out var groups), string.Join(' ', groups)), Is.EqualTo((true, "a b")));
        Assert.That((claims.TryGetStrings("https://hoop.dev/roles", out var roles), string.Join(' ', roles)), Is.EqualTo((true, "r")));
        Assert.That((claims.TryGetStrings("one", out var one), string.Join(' ', one)), Is.EqualTo((true, "o")));
        Assert.That((claims.TryGetStrings("empty", out var empty), empty.Length), Is.EqualTo((true, 0)));
        Assert.That((claims.TryGetStrings("Groups", out var absent), absent.Length), Is.EqualTo((true, 0)));
        Assert.That((claims.TryGetStrings("mixed", out var mixed), mixed.Length), Is.EqualTo((false, 0)));
        Assert.That((claims.TryGetStrings("nothing", out var nothing), nothing.Length), Is.EqualTo((false, 0)));
        Assert.That((claims.TryGetString("name", out var name), name), Is.EqualTo((true, "n")));
        Assert.That((claims.TryGetString("NAME", out var other), other), Is.EqualTo((true, (string?)null)));
        Assert.That((claims.TryGetString("number", out var number), number), Is.EqualTo((false, (string?)null)));
    }

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [TestCase(1, null, null, null)]
    [TestCase(-29, null, null, null)]
    [TestCase(-30, null, null, "expired")]
    [TestCase(-31, null, null, "expired")]
    [TestCase(60, 30, null, null)]
    [TestCase(60, 31, null, "not_yet_valid")]
    [TestCase(60, -100, null, null)]
    [TestCase(60, null, 30, null)]
    [TestCase(60, null, 31, "not_yet_valid")]
    [TestCase(600, null, null, null)]
    [TestCase(601, null, null, "lifetime")]
    public void Times_are_judged_with_30_seconds_of_leeway_and_a_cap_of_600(int expires, int? notBefore, int? issued, string? code)
    {
        var times = new TokenTimes(
            Now.AddSeconds(expires), notBefore is { } nbf ? Now.AddSeconds(nbf) : null, issued is { } iat ? Now.AddSeconds(iat) : null);
        Assert.That(times.Check(Now, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(600))?.Code, Is.EqualTo(code));
    }

    [Test]
    public void The_last_moment_that_dates_can_hold_does_not_overflow()
    {
        var forever = new TokenTimes(DateTimeOffset.MaxValue, null, null);
        Assert.That(forever.Check(Now, TokenTimes.MaxLeeway), Is.Null);
        Assert.That(forever.Check(Now, TokenTimes.MaxLeeway, TimeSpan.FromHours(1))?.Code, Is.EqualTo("lifetime"));
        Assert.That(
            new TokenTimes(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, DateTimeOffset.MaxValue).Check(Now, TimeSpan.Zero)?.Code,
            Is.EqualTo("expired"));
    }

    private static Refusal? Refusal(string payload) =>
        JwtClaims.TryRead(Encoding.UTF8.GetBytes(payload), out _, out var refusal) ? null : refusal;
}
