using System.Net;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>The caller is told nothing; the operator is told everything but the token.</summary>
public sealed class RefusalTests
{
    private AccountsGateway _accounts = null!;

    private IdentityProviderStandIn Provider => _accounts.Provider;

    [SetUp]
    public async Task Start() => _accounts = await AccountsGateway.Start();

    [TearDown]
    public async Task Stop() => await _accounts.DisposeAsync();

    [Test]
    public async Task An_unregistered_subject_is_named_with_its_issuer()
    {
        var (reply, line) = await Refused(Provider.MintAccessToken("not-yet-known"));

        Assert.That(
            line,
            Does.Contain("unknown_account").And.Contain("\"not-yet-known\"").And.Contain(Provider.Issuer).And.Contain("hoop admin create serviceaccount").And.Contain("127.0.0.1"));
        Assert.That(reply.Message, Is.EqualTo("access denied: the token was not accepted"));
    }

    [Test]
    public async Task An_inactive_account_is_named()
    {
        await _accounts.Create("asleep", "inactive");

        Assert.That((await Refused(Provider.MintAccessToken("asleep"))).Line, Does.Contain("inactive_account").And.Contain("\"asleep\""));
    }

    [Test]
    public async Task A_wrong_issuer_and_a_wrong_audience_are_shown_with_what_was_expected()
    {
        var issuer = Provider.MintAccessToken(
            "x",
            variant: new TokenVariant
            {
                Claims = new Dictionary<string,
                System.Text.Json.Nodes.JsonNode?>
                { ["iss"] = Provider.Issuer + "/" }
            });

        Assert.That(
            (await Refused(issuer)).Line, Does.Contain($"iss is \"{Provider.Issuer}/\"; expected {Provider.Issuer} (HOOP_OIDC_ISSUER)"));
        Assert.That(
            (await Refused(Provider.MintAccessToken("x", audience: "api://hoop"))).Line,
            Does.Contain($"aud is \"api://hoop\"; expected {AccountsGateway.Audience} (HOOP_OIDC_AUDIENCE)"));
    }

    [Test]
    public async Task What_a_stranger_writes_into_a_token_cannot_forge_a_line()
    {
        var line = (await Refused(Provider.MintAccessToken("x", audience: "a\r\nERR forged \u001b[31m\u202e"))).Line;

        Assert.That(line.Any(char.IsControl), Is.False);
        Assert.That(line, Does.Not.Contain("\u202e"));
    }

    [Test]
    public async Task The_token_is_in_no_line()
    {
        var token = Provider.MintAccessToken("not-yet-known");
        await _accounts.Ask(token);

        Assert.That(
            _accounts.Gateway.Logs.Lines.Where(
                line => line.Contains(token, StringComparison.Ordinal) || line.Contains(token.Split('.')[2], StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public async Task Expired_tokens_are_refused_before_anybody_looks_at_their_signature()
    {
        var forged = Provider.MintAccessToken(
            "x",
            lifetime: TimeSpan.FromMinutes(-5),
            variant: new TokenVariant { Key = SigningKey.Create("RS256", Provider.SigningKey.KeyId) });

        Assert.That((await Refused(forged)).Line, Does.Contain(" expired: "));
    }

    private async Task<(Reply Reply, string Line)> Refused(string token)
    {
        var reply = await _accounts.Ask(token);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        return (reply, _accounts.Gateway.Logs.Lines.Last(line => line.Contains("Sign-in refused", StringComparison.Ordinal)));
    }
}
