using System.Buffers.Text;
using System.Text;
using Hoop.Cli.Gateway;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

[Description("U13: what is told of a token that the gateway does not accept, and never the token")]
public sealed class TokenFactsTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 26, 12, 0, 0, TimeSpan.Zero);

    [TestCase("""{"exp":1795694399}""", ", which expired at 2026-11-26T11:59:59Z")]
    [TestCase("""{"exp":1795694400}""", ", which expired at 2026-11-26T12:00:00Z")]
    [TestCase("""{"exp":1795694401}""", ", which would be good until 2026-11-26T12:00:01Z")]
    [TestCase("""{"exp":1795694399.5}""", ", which expired at 2026-11-26T11:59:59Z")]
    [TestCase("""{"exp":"1795694399"}""", "")]
    [TestCase("""{"exp":1e300}""", "")]
    [TestCase("""{}""", "")]
    [TestCase("""[]""", "")]
    [TestCase("not json", "")]
    public void Of_a_jwt_its_end_is_told(string claims, string told)
    {
        var token = $"h.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.s";

        Assert.That(TokenFacts.Describe(token, "HOOP_TOKEN", Now), Is.EqualTo("the token of HOOP_TOKEN" + told));
    }

    [TestCase("hpk_canary")]
    [TestCase("a.!.c")]
    [TestCase("a..c")]
    [TestCase("..")]
    public void Of_any_other_token_only_where_it_came_from(string token)
    {
        Assert.That(TokenFacts.Describe(token, "the configuration file", Now), Is.EqualTo("the token of the configuration file"));
    }
}
