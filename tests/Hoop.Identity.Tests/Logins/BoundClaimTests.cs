using System.Text.Json;
using Hoop.Identity.Logins;
using Hoop.Shared.Jose;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Logins;

/// <summary>A10: the type of a claim × the bound value × the result, which is the table that rules have, too.</summary>
public sealed class BoundClaimTests
{
    [TestCase("\"a\"", "\"a\"", true)]
    [TestCase("\"A\"", "\"a\"", false)]
    [TestCase("\"a\"", "[\"b\", \"a\"]", true)]
    [TestCase("[\"b\", \"a\"]", "\"a\"", true)]
    [TestCase("[\"b\", \"c\"]", "[\"a\", \"d\"]", false)]
    [TestCase("[]", "\"a\"", false)]
    [TestCase("1", "1", true)]
    [TestCase("1", "1.0", true)]
    [TestCase("1e2", "100", true)]
    [TestCase("1", "\"1\"", false)]
    [TestCase("\"1\"", "1", false)]
    [TestCase("9007199254740993", "9007199254740992", false)]
    [TestCase("[1, 2]", "2", true)]
    [TestCase("true", "true", true)]
    [TestCase("true", "false", false)]
    [TestCase("true", "\"true\"", false)]
    [TestCase("\"true\"", "true", false)]
    [TestCase("null", "\"a\"", false)]
    [TestCase("{\"a\": \"a\"}", "\"a\"", false)]
    [TestCase("[[\"a\"]]", "\"a\"", false)]
    public void A10_a_claim_fulfils_what_it_equals(string claim, string bound, bool expected) =>
        Assert.That(Holds(claim, bound, "string"), Is.EqualTo(expected));

    [TestCase("\"acme/web\"", "\"acme/*\"", true)]
    [TestCase("\"acme/web/a\"", "\"acme/*\"", true)]
    [TestCase("\"acme/\"", "\"acme/*\"", true)]
    [TestCase("\"other/web\"", "[\"acme/*\", \"*/web\"]", true)]
    [TestCase("[\"x\", \"acme/web\"]", "\"acme/*\"", true)]
    [TestCase("\"acme\"", "\"acme/*\"", false)]
    [TestCase("\"a.c\"", "\"a?c\"", false)]
    [TestCase("1", "\"*\"", false)]
    [TestCase("true", "\"*\"", false)]
    public void A10_a_pattern_is_about_texts_alone(string claim, string bound, bool expected) =>
        Assert.That(Holds(claim, bound, "glob"), Is.EqualTo(expected));

    [Test]
    public void A_claim_that_is_missing_fulfils_nothing() =>
        Assert.That(Of("""{"sub": "x"}""", "\"*\"", "glob").Accepted, Is.False);

    [TestCase("", "", true)]
    [TestCase("", "a", false)]
    [TestCase("*", "", true)]
    [TestCase("**", "abc", true)]
    [TestCase("a*b*c", "aXbYc", true)]
    [TestCase("a*b*c", "abbc", true)]
    [TestCase("a*bc", "abcbc", true)]
    [TestCase("a*bc", "abcb", false)]
    [TestCase("*a", "b", false)]
    public void A_star_stands_for_any_characters(string pattern, string text, bool expected) =>
        Assert.That(StarPattern.Matches(pattern, text), Is.EqualTo(expected));

    [Test]
    [CancelAfter(5000)]
    public void A_pattern_of_many_stars_ends_soon() =>
        Assert.That(StarPattern.Matches(string.Concat(Enumerable.Repeat("*a", 2000)) + "b", new string('a', 10_000)), Is.False);

    private static bool Holds(string claim, string bound, string type) => Of($$"""{"sub": "x", "c": {{claim}}}""", bound, type).Accepted;

    private static Hoop.Shared.Callers.Verdict<LoginClaims> Of(string claims, string bound, string type)
    {
        var now = DateTimeOffset.UtcNow;
        var role = LoginRole.New("dev") with
        {
            UserClaim = "sub",
            BoundClaimsType = type,
            BoundClaims = new Dictionary<string, JsonElement>(StringComparer.Ordinal) { ["c"] = JsonElement.Parse(bound) },
        };
        var token = new LoginToken(
            JsonElement.Parse(claims), "x", [], new TokenTimes(now.AddMinutes(1), NotBefore: null, IssuedAt: null));
        return LoginClaims.Of(token, role, now);
    }
}
