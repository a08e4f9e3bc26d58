using System.Net;
using System.Text.Json.Nodes;
using Hoop.Shared.Configuration;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>What a bearer of an access token may and may not do, over HTTP.</summary>
public sealed class AccessTokenTests
{
    private AccountsGateway _accounts = null!;

    private IdentityProviderStandIn Provider => _accounts.Provider;

    [OneTimeSetUp]
    public async Task Start()
    {
        _accounts = await AccountsGateway.Start();
        await _accounts.Create("robot");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _accounts.DisposeAsync();

    [Test]
    public async Task A_registered_account_gets_in() =>
        Assert.That((await _accounts.Ask(Provider.MintAccessToken("robot"))).Status, Is.EqualTo(HttpStatusCode.OK));

    [Test]
    public async Task Groups_come_from_the_row_and_never_from_the_token()
    {
        await _accounts.Create("plain");
        await _accounts.Create("boss", "active", "admin");

        Assert.That(
            (await _accounts.Ask(Provider.MintAccessToken("plain", groups: ["admin"]), "/api/serviceaccounts")).Status,
            Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await _accounts.Ask(Provider.MintAccessToken("boss"), "/api/serviceaccounts")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_disabled_account_is_refused_from_the_next_request_on()
    {
        await _accounts.Create("revoked");
        var token = Provider.MintAccessToken("revoked");
        var before = await _accounts.Ask(token);

        await _accounts.Gateway.Operator.Put("/api/serviceaccounts/revoked", new { status = "inactive" });
        var after = await _accounts.Ask(token);

        Assert.That(before.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(after.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(after.Message, Is.EqualTo("access denied: the token was not accepted"));
    }

    [Test]
    public async Task An_unregistered_subject_is_refused_like_every_other() =>
        Assert.That(
            (await _accounts.Ask(Provider.MintAccessToken("nobody"))).Message, Is.EqualTo("access denied: the token was not accepted"));

    private static IEnumerable<TestCaseData> Refused()
    {
        yield return Case(
            "another audience (CVE-2024-5798)", provider => provider.MintAccessToken("robot", audience: "https://other.test"));
        yield return Case(
            "an audience that only begins like ours",
            provider => provider.MintAccessToken("robot", audience: AccountsGateway.Audience + "/"));
        yield return Case("an expired token", provider => provider.MintAccessToken("robot", lifetime: TimeSpan.FromMinutes(-5)));
        yield return Case("no exp (ZITADEL GHSA-wxg7-w2v3-w38g)", With("exp", null));
        yield return Case("another issuer", With("iss", "https://evil.example"));
        yield return Case(
            "an issuer that only begins like ours (CVE-2024-53861)",
            provider => provider.MintAccessToken("robot", variant: Claim("iss", provider.Issuer + "/")));
        yield return Case("no issuer (CVE-2024-8901)", With("iss", null));
        yield return Case("no subject", With("sub", null));
        yield return Case("an empty subject", provider => provider.MintAccessToken(""));
        yield return Case("a subject with NUL", provider => provider.MintAccessToken("robot\0"));
        yield return Case("a SPIFFE ID as subject", provider => provider.MintAccessToken("spiffe://td.example/robot"));
        yield return Case(
            "an unknown key", provider => provider.MintAccessToken("robot", variant: new TokenVariant { KeyId = "no-such-key" }));
        yield return Case("no key id", provider => provider.MintAccessToken("robot", variant: new TokenVariant { KeyId = "" }));
        yield return Case(
            "a foreign key under our key id",
            provider => provider.MintAccessToken("robot",
                variant: new TokenVariant { Key = SigningKey.Create("RS256", provider.SigningKey.KeyId) }));
        yield return Case(
            "the type of another token",
            provider => provider.MintAccessToken("robot",
                variant: new TokenVariant { Header = new Dictionary<string, JsonNode?> { ["typ"] = "dpop+jwt" } }));
        yield return Case(
            "an unknown critical header",
            provider => provider.MintAccessToken("robot",
                variant: new TokenVariant { Header = new Dictionary<string, JsonNode?> { ["crit"] = new JsonArray("x") } }));
        yield return Case("a tampered payload", provider =>
        {
            var parts = provider.MintAccessToken("robot").Split('.');
            return $"{parts[0]}.{provider.MintAccessToken("boss").Split('.')[1]}.{parts[2]}";
        });

        static TestCaseData Case(string name, Func<IdentityProviderStandIn, string> mint) =>
            new TestCaseData(mint).SetName("Refused: " + name);
        static Func<IdentityProviderStandIn, string> With(string claim, JsonNode? value) =>
            provider => provider.MintAccessToken("robot", variant: Claim(claim, value));
        static TokenVariant Claim(string claim, JsonNode? value) =>
            new() { Claims = new Dictionary<string, JsonNode?> { [claim] = value?.DeepClone() } };
    }

    [TestCaseSource(nameof(Refused))]
    public async Task A_bad_token_is_refused(Func<IdentityProviderStandIn, string> mint)
    {
        var reply = await _accounts.Ask(mint(Provider));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(reply.Message, Is.EqualTo("access denied: the token was not accepted"), "all refusals look the same");
    }

    [Test]
    public async Task A_rotated_key_is_found_at_once_and_a_removed_one_stops()
    {
        await using var own = await AccountsGateway.Start();
        await own.Create("robot");
        var old = own.Provider.MintAccessToken("robot");

        own.Provider.RotateKey();

        Assert.That((await own.Ask(own.Provider.MintAccessToken("robot"))).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await own.Ask(old)).Status, Is.EqualTo(HttpStatusCode.OK), "the old key is still published");
    }

    [Test]
    public async Task Keys_are_found_through_discovery_when_no_URL_is_set()
    {
        await using var own = await AccountsGateway.Start(("HOOP_OIDC_JWKS_URL", ""));
        await own.Create("robot");

        Assert.That((await own.Ask(own.Provider.MintAccessToken("robot"))).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (await own.Gateway.Anonymous.Get("/healthz/ready"))["checks"].GetProperty("issuer_keys").GetProperty("status").GetString(),
            Is.EqualTo("ok"));
    }

    [Test]
    public async Task Without_a_provider_no_access_token_is_accepted()
    {
        await using var bare = await TestGateway.Start(connection: _accounts.Gateway.Connection);

        Assert.That((await bare.As(Provider.MintAccessToken("robot")).Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(
            (await bare.Anonymous.Get("/healthz/ready"))["checks"].GetProperty("issuer_keys").GetProperty("description").GetString(),
            Does.Contain("HOOP_OIDC_ISSUER"));
    }

    [Test]
    public async Task A_provider_that_is_down_does_not_stop_the_gateway()
    {
        await using var gateway = await TestGateway.Start(new()
        {
            ["HOOP_OIDC_ISSUER"] = "http://127.0.0.1:9",
            ["HOOP_OIDC_AUDIENCE"] = AccountsGateway.Audience,
            ["HOOP_OIDC_JWKS_URL"] = "http://127.0.0.1:9/keys",
        }, connection: _accounts.Gateway.Connection);

        var ready = await gateway.Anonymous.Get("/healthz/ready");

        Assert.That(ready.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(ready["checks"].GetProperty("issuer_keys").GetProperty("status").GetString(), Is.EqualTo("degraded"));
        Assert.That(
            (await gateway.As(Provider.MintAccessToken("robot")).Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("HOOP_OIDC_AUDIENCE", null, "HOOP_OIDC_AUDIENCE")]
    [TestCase("HOOP_OIDC_ISSUER", "http://idp.example", "HOOP_OIDC_ISSUER")]
    [TestCase("HOOP_OIDC_ISSUER", null, "HOOP_OIDC_ISSUER")]
    [TestCase("HOOP_OIDC_JWKS_URL", "ftp://idp.example/keys", "HOOP_OIDC_JWKS_URL")]
    public async Task A_wrong_setting_stops_the_start_and_names_its_variable(string variable, string? value, string named)
    {
        var settings = new Dictionary<string, string?>
        {
            ["HOOP_OIDC_ISSUER"] = "https://idp.example",
            ["HOOP_OIDC_AUDIENCE"] = "hoop",
            ["HOOP_OIDC_JWKS_URL"] = "https://idp.example/keys",
            [variable] = value,
        };

        var refused = await Assert.ThrowsAsync<ConfigurationException>(
            () => TestGateway.Start(settings, connection: _accounts.Gateway.Connection));

        Assert.That(refused.Variable, Is.EqualTo(named));
    }
}
