using System.Net;
using System.Text.Json.Nodes;
using Hoop.ServiceAccounts.Issuers;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>An issuer that lets fewer in from now on: what its accounts made ends, and what is remembered of them counts no more.</summary>
public sealed class NarrowedIssuerTests
{
    private const string Issuer = "https://narrow.example";
    private const string Claims = """{"iss":"https://narrow.example","aud":"one","sub":"robot","client_id":"robot"}""";

    private static IEnumerable<TestCaseData> Changes()
    {
        yield return Case("the same", false, _ => { });
        yield return Case("one more audience", false, body => body["audiences"] = new JsonArray("one", "two", "three"));
        yield return Case("more leeway", false, body => body["leeway_seconds"] = 60);
        yield return Case("all algorithms by name", false, body => body["algorithms"] = new JsonArray(
            "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"));
        yield return Case("one more key", false, body => body["jwks"]!["keys"]!.AsArray().Add(OtherKey()));
        yield return Case("one audience less", true, body => body["audiences"] = new JsonArray("one"));
        yield return Case("less leeway", true, body => body["leeway_seconds"] = 0);
        yield return Case("fewer algorithms", true, body => body["algorithms"] = new JsonArray("RS256"));
        yield return Case("another claim for the subject", true, body => body["claims"] = new JsonObject { ["subject"] = "client_id" });
        yield return Case("a claim that is required", true, body => body["required_claims"] = new JsonObject { ["sub"] = new JsonArray() });
        yield return Case("another preset", true, body => body["preset"] = "rfc9068");
        yield return Case("another client", true, body => body["client_id"] = "people");
        yield return Case("the audience elsewhere", true, body => body["audience_claim"] = "client_id");
        yield return Case("other keys", true, body => body["jwks"] = new JsonObject
        {
            ["keys"] = new JsonArray(OtherKey()),
        });

        static JsonNode OtherKey()
        {
            using var key = SigningKey.Create("RS256", "other");
            return key.PublicJwk("sig", key.Algorithm);
        }

        static TestCaseData Case(string what, bool ends, Action<JsonObject> change) =>
            new TestCaseData(ends, change).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(Changes))]
    public async Task What_its_accounts_made_ends_when_it_lets_fewer_in_and_only_then(bool ends, Action<JsonObject> change)
    {
        await using var gateway = await IssuersGateway.Start();
        var body = gateway.WithKeys(new { issuer = Issuer, audiences = new[] { "one", "two" }, leeway_seconds = 30 });
        var id = (await gateway.Trust(body.DeepClone())).Text("id");
        await gateway.Account(Issuer, "robot", "admin");
        using var robot = gateway.Gateway.As(gateway.Mint(Claims));
        var made = await robot.Post("/v1/auth/token/create", new { ttl = "1h" });
        var api = await robot.Post("/api/api-tokens", new { name = "made", groups = new[] { "admin" } });

        change(body);
        var changed = await gateway.Gateway.Operator.Put($"/api/issuers/{id}", body);

        Assert.That(changed.Status, Is.EqualTo(HttpStatusCode.OK), changed.Message);
        using var vault = gateway.Gateway.As(made["auth"].GetProperty("client_token").GetString()!);
        Assert.That(
            ((int)(await vault.Get("/v1/auth/token/lookup-self")).Status, await gateway.Ask(api.Text("token")!)),
            Is.EqualTo(ends ? (403, 401) : (200, 200)));
    }

    [Test]
    public async Task A_token_that_was_remembered_as_good_is_judged_by_the_new_settings_at_once()
    {
        await using var gateway = await IssuersGateway.Start();
        var body = gateway.WithKeys(new { issuer = Issuer, audiences = new[] { "one", "two" } });
        var id = (await gateway.Trust(body.DeepClone())).Text("id");
        await gateway.Account(Issuer, "robot");
        var token = gateway.Mint(Claims);
        Assert.That((await gateway.Ask(token), await gateway.Ask(token)), Is.EqualTo((200, 200)));

        body["audiences"] = new JsonArray("two");
        await gateway.Gateway.Operator.Put($"/api/issuers/{id}", body);
        Assert.That(await gateway.Ask(token), Is.EqualTo(401));
        body["audiences"] = new JsonArray("one");
        await gateway.Gateway.Operator.Put($"/api/issuers/{id}", body);
        Assert.That(await gateway.Ask(token), Is.EqualTo(200));
        body["algorithms"] = new JsonArray("ES256");
        await gateway.Gateway.Operator.Put($"/api/issuers/{id}", body);
        Assert.That(await gateway.Ask(token), Is.EqualTo(401));
    }

    [Test]
    public async Task A_refused_change_ends_nothing()
    {
        await using var gateway = await IssuersGateway.Start();
        var body = gateway.WithKeys(new { issuer = Issuer, audiences = new[] { "one", "two" } });
        var id = (await gateway.Trust(body.DeepClone())).Text("id");
        await gateway.Account(Issuer, "robot", "admin");
        using var robot = gateway.Gateway.As(gateway.Mint(Claims));
        var api = (await robot.Post("/api/api-tokens", new { name = "made", groups = new[] { "admin" } })).Text("token")!;
        body["issuer"] = "https://another.example";
        body["audiences"] = new JsonArray("two");

        Assert.That(
            (await gateway.Gateway.Operator.Put($"/api/issuers/{id}", body)).Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(await gateway.Ask(api), Is.EqualTo(200));
    }

    /// <summary>The issuer of the configuration, and a row of another organization for the same issuer.</summary>
    [Test]
    public async Task The_configured_issuer_comes_before_a_row_that_takes_the_same_audience()
    {
        await using var accounts = await AccountsGateway.Start(("HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP", "true"));
        var (orgId, admin) = await accounts.Gateway.CreateOrganization("other");
        using var client = admin;
        var taken = await admin.Post(
            "/api/issuers", new { issuer = accounts.Provider.Issuer, audiences = new[] { AccountsGateway.Audience } });
        Assert.That((taken.Status, taken.Code), Is.EqualTo((HttpStatusCode.Conflict, "audience_taken")));

        // A row of before the variable was set.
        await admin.Post("/api/issuers", new { issuer = accounts.Provider.Issuer, audiences = new[] { "https://other.test" } });
        await accounts.Gateway.Execute(
            """
            UPDATE service_accounts.issuers SET settings = jsonb_set(settings, $${audiences}$$, $$["https://hoop.test", "https://other.test"]$$),
              updated_at = clock_timestamp()
            WHERE org_id = @orgId
            """,
            new { orgId });
        await accounts.Create("robot", groups: ["auditor"]);
        await admin.Post("/api/serviceaccounts", new { subject = "robot", status = "active", groups = new[] { "admin" } });

        var who = await accounts.Ask(accounts.Provider.MintAccessToken("robot"), "/api/userinfo");
        var other = await accounts.Ask(accounts.Provider.MintAccessToken("robot", "https://other.test"), "/api/userinfo");

        Assert.That((who.Text("org_name"), who.Text("role")), Is.EqualTo(("default", "auditor")));
        Assert.That((other.Text("org_name"), other.Text("role")), Is.EqualTo(("other", "admin")));
    }

    [Test]
    public void Settings_that_nobody_wrote_are_not_narrower_than_themselves()
    {
        var settings = new IssuerSettings("generic", ["a"], null, null, null, null, null, null, null, null);
        Assert.That(settings.IsNarrowerThan(IssuerSettings.FromStored(settings.ToStored())), Is.False);
        Assert.That((settings with { Algorithms = ["Ed25519"] }).IsNarrowerThan(settings with { Algorithms = ["EdDSA"] }), Is.False);
        Assert.That((settings with { Algorithms = ["ES256"] }).IsNarrowerThan(settings with { Algorithms = ["Ed25519"] }), Is.True);
    }
}
