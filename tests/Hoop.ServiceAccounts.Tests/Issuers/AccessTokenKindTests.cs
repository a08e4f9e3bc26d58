using System.Net;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>An access token opens the gateway; no other token of the same provider, signed with the same key, does.</summary>
public sealed class AccessTokenKindTests
{
    private AccountsGateway _accounts = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _accounts = await AccountsGateway.Start();
        await _accounts.Create("robot");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _accounts.DisposeAsync();

    [TestCase("at+jwt", "{}", true, TestName = "RFC 9068")]
    [TestCase("application/at+jwt", "{}", true, TestName = "RFC 9068, long form")]
    [TestCase("AT+JWT", "{}", true, TestName = "RFC 9068, in capitals")]
    [TestCase("JWT", "{}", true, TestName = "A plain JWT with client_id")]
    [TestCase(null, "{}", true, TestName = "No type")]
    [TestCase("JWT", """{"client_id":null}""", true, TestName = "Nothing but an audience that is this gateway")]
    [TestCase("JWT", """{"client_id":null,"scp":["a"],"cid":"x"}""", true, TestName = "Okta")]
    [TestCase("JWT", """{"client_id":null,"gty":"client-credentials","azp":"x"}""", true, TestName = "Auth0")]
    [TestCase("JWT", """{"client_id":null,"azp":"x","azpacr":"1","idtyp":"app","roles":["r"]}""", true, TestName = "Entra v2")]
    [TestCase("JWT", """{"typ":"Bearer","azp":"robot","scope":"email","auth_time":1}""", true, TestName = "Keycloak")]
    [TestCase("JWT", """{"token_use":"access"}""", true, TestName = "Cognito")]
    [TestCase("at+jwt", """{"nonce":"n"}""", true, TestName = "The type in the header is the strongest sign")]
    [TestCase("JWT", """{"typ":"Bearer","nonce":"n"}""", true, TestName = "The provider's own word is stronger than a claim")]
    [TestCase("JWT", """{"token_use":"id"}""", false, TestName = "A Cognito ID token")]
    [TestCase("at+jwt", """{"token_use":"id"}""", false, TestName = "A type that contradicts token_use")]
    [TestCase("JWT", """{"token_use":["access"]}""", false, TestName = "token_use is no text")]
    [TestCase("JWT", """{"typ":"ID"}""", false, TestName = "A Keycloak ID token")]
    [TestCase("JWT", """{"typ":"Refresh"}""", false, TestName = "A Keycloak refresh token")]
    [TestCase("JWT", """{"typ":"Offline"}""", false, TestName = "A Keycloak offline token")]
    [TestCase("JWT", """{"typ":"Logout"}""", false, TestName = "A Keycloak logout token")]
    [TestCase("JWT", """{"nonce":"n"}""", false, TestName = "An ID token by its nonce, although it has client_id")]
    [TestCase("JWT", """{"client_id":null,"at_hash":"h"}""", false, TestName = "An ID token by at_hash")]
    [TestCase(null, """{"client_id":null,"c_hash":"h"}""", false, TestName = "An ID token by c_hash, without a type")]
    [TestCase("JWT", """{"client_id":null,"azp":"https://hoop.test"}""", false,
        TestName = "An ID token whose client has this gateway's audience as its id")]
    [TestCase("JWT", """{"events":{"http://schemas.openid.net/event/backchannel-logout":{}}}""", false,
        TestName = "A logout token by its events")]
    [TestCase("logout+jwt", "{}", false, TestName = "A logout token by its type")]
    [TestCase("dpop+jwt", "{}", false, TestName = "A DPoP proof")]
    [TestCase("secevent+jwt", "{}", false, TestName = "A security event")]
    [TestCase("at+jwt", """{"cnf":{"jkt":"0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}""", false, TestName = "Bound by DPoP")]
    [TestCase("at+jwt", """{"cnf":{"x5t#S256":"bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2"}}""", false,
        TestName = "Bound to a certificate")]
    [TestCase("at+jwt", """{"cnf":null}""", true, TestName = "cnf that the stand-in left out")]
    public async Task Only_an_access_token_is_one(string? type, string claims, bool accepted)
    {
        var reply = await _accounts.Ask(Mint(_accounts.Provider, type, claims));

        Assert.That(reply.Status, Is.EqualTo(accepted ? HttpStatusCode.OK : HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Where_people_sign_in_with_the_same_id_an_unmarked_token_is_taken_for_an_ID_token()
    {
        await using var shared = await AccountsGateway.Start(("HOOP_OIDC_CLIENT_ID", AccountsGateway.Audience));
        await shared.Create("robot");

        Assert.That(
            (await shared.Ask(Mint(shared.Provider, "JWT", """{"client_id":null}"""))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(
            (await shared.Ask(Mint(shared.Provider, "JWT", """{"client_id":null,"scope":"x"}"""))).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await shared.Ask(Mint(shared.Provider, "at+jwt", """{"client_id":null}"""))).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("""{"client_id":"https://hoop.test","token_use":"access"}""", true, TestName = "Cognito: its client is the audience")]
    [TestCase("""{"client_id":"https://hoop.test"}""", false, TestName = "Cognito: without token_use")]
    [TestCase("""{"client_id":"https://hoop.test","token_use":"id"}""", false, TestName = "Cognito: an ID token")]
    [TestCase("""{"client_id":"another","token_use":"access"}""", false, TestName = "Cognito: another client")]
    [TestCase("""{"client_id":null,"token_use":"access"}""", false, TestName = "Cognito: no client")]
    [TestCase("""{"client_id":["https://hoop.test"],"token_use":"access"}""", false, TestName = "Cognito: the client is no text")]
    [TestCase("""{"aud":"https://hoop.test","token_use":"access"}""", true, TestName = "Cognito: aud, when it is there, counts")]
    [TestCase("""{"aud":"other","client_id":"https://hoop.test","token_use":"access"}""", false,
        TestName = "Cognito: another aud is not made good by the client")]
    public async Task A_provider_without_aud_is_judged_by_the_client_when_it_is_set_up_so(string claims, bool accepted)
    {
        await using var cognito = await AccountsGateway.Start(("HOOP_OIDC_AUDIENCE_CLAIM", "client_id"));
        await cognito.Create("robot");
        var all = new Dictionary<string, JsonNode?> { ["aud"] = null };
        foreach (var (name, value) in JsonNode.Parse(claims)!.AsObject())
        {
            all[name] = value?.DeepClone();
        }

        var reply = await cognito.Ask(
            cognito.Provider.MintAccessToken("robot",
                variant: new TokenVariant { Header = new Dictionary<string, JsonNode?> { ["typ"] = "JWT" }, Claims = all }));

        Assert.That(reply.Status, Is.EqualTo(accepted ? HttpStatusCode.OK : HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Without_that_setting_a_token_without_aud_stays_refused() =>
        Assert.That(
            (await _accounts.Ask(Mint(_accounts.Provider, "at+jwt",
                """{"aud":null,"client_id":"https://hoop.test","token_use":"access"}"""))).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized));

    [Test]
    public async Task A_token_with_the_roles_of_many_clients_is_read_and_one_that_is_nested_too_deeply_is_not()
    {
        var access = new JsonObject();
        for (var i = 0; i < 150; i++)
        {
            access[$"c{i}"] = new JsonObject { ["roles"] = new JsonArray("v") };
        }

        var wide = _accounts.Provider.MintAccessToken(
            "robot", variant: new TokenVariant { Claims = new Dictionary<string, JsonNode?> { ["resource_access"] = access } });
        JsonNode deep = "x";
        for (var i = 0; i < 12; i++)
        {
            deep = new JsonArray(deep);
        }

        var nested = _accounts.Provider.MintAccessToken(
            "robot", variant: new TokenVariant { Claims = new Dictionary<string, JsonNode?> { ["a"] = deep } });
        for (var i = 0; i < 8; i++)
        {
            deep = new JsonArray(deep.DeepClone());
        }

        var deeper = _accounts.Provider.MintAccessToken(
            "robot", variant: new TokenVariant { Claims = new Dictionary<string, JsonNode?> { ["a"] = deep } });

        Assert.That((await _accounts.Ask(wide)).Status, Is.EqualTo(HttpStatusCode.OK), "450 members");
        Assert.That((await _accounts.Ask(nested)).Status, Is.EqualTo(HttpStatusCode.OK), "13 levels");
        Assert.That((await _accounts.Ask(deeper)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "21 levels");
    }

    /// <param name="claims">JSON; null takes a claim away.</param>
    internal static string Mint(IdentityProviderStandIn provider, string? type, string claims) =>
        provider.MintAccessToken("robot", variant: new TokenVariant
        {
            Header = new Dictionary<string, JsonNode?> { ["typ"] = type },
            Claims = JsonNode.Parse(claims)!.AsObject().ToDictionary(claim => claim.Key, claim => claim.Value?.DeepClone()),
        });
}
