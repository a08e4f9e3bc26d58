using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Issuers;

/// <summary>What rows say about introspection: who is asked, what is kept secret, and when an answer ends.</summary>
public sealed class IntrospectionRowTests
{
    [Test]
    public async Task A_token_that_its_issuer_took_back_ends_within_a_minute()
    {
        var clock = new FakeClock(DateTimeOffset.UtcNow);
        await using var world = await IntrospectionWorld.Start(clock);
        await world.Trust();
        await world.Account("robot");
        var token = world.Provider.IssueOpaqueToken("robot", TimeSpan.FromHours(1));
        Assert.That(await world.Ask(token), Is.EqualTo(200));
        world.Provider.Revoke(token);
        clock.Advance(TimeSpan.FromSeconds(30));
        Assert.That(await world.Ask(token), Is.EqualTo(200), "it is remembered for a while");

        clock.Advance(TimeSpan.FromSeconds(30));

        Assert.That(await world.Ask(token), Is.EqualTo(401));
    }

    [Test]
    public async Task Nothing_is_remembered_past_the_tokens_own_end()
    {
        var clock = new FakeClock(DateTimeOffset.UtcNow);
        await using var world = await IntrospectionWorld.Start(clock);
        await world.Trust();
        await world.Account("robot");
        var token = world.Provider.IssueOpaqueToken("robot", TimeSpan.FromSeconds(10));
        Assert.That(await world.Ask(token), Is.EqualTo(200));

        clock.Advance(TimeSpan.FromSeconds(11));

        Assert.That(await world.Ask(token), Is.EqualTo(401));
    }

    [Test]
    public async Task On_two_gateways_an_account_and_an_issuer_end_at_once()
    {
        await using var provider = await IdentityProviderStandIn.Start(IntrospectionWorld.Audience);
        var secret = provider.AddClient(IntrospectionWorld.Client);
        await using var gateways = await TwoGateways.Start(IntrospectionWorld.Settings);
        var world = new IntrospectionWorld(gateways.First, provider, secret);
        var id = (await world.Trust()).Text("id");
        await world.Account("one");
        await world.Account("two");
        var (one, two) = (provider.IssueOpaqueToken("one"), provider.IssueOpaqueToken("two"));
        Assert.That(await Both(one), Is.EqualTo((200, 200)));
        Assert.That(await Both(two), Is.EqualTo((200, 200)));

        await gateways.First.Operator.Put("/api/serviceaccounts/one", new { status = "inactive" });
        Assert.That(await Both(one), Is.EqualTo((401, 401)));
        Assert.That(await Both(two), Is.EqualTo((200, 200)));

        await gateways.Second.Operator.Delete($"/api/issuers/{id}");
        Assert.That(await Both(two), Is.EqualTo((401, 401)));

        async Task<(int First, int Second)> Both(string token) =>
            (await IntrospectionWorld.Ask(gateways.First, token), await IntrospectionWorld.Ask(gateways.Second, token));
    }

    [Test]
    public async Task A_token_of_another_organizations_issuer_is_shown_to_it_only_when_the_request_says_so()
    {
        await using var world = await IntrospectionWorld.Start();
        var (_, admin) = await world.Gateway.CreateOrganization("acme");
        var id = (await world.Trust(admin: admin)).Text("id")!;
        await world.Account("robot", admin);
        var token = world.Provider.IssueOpaqueToken("robot");

        Assert.That(await world.Ask(token), Is.EqualTo(401));
        Assert.That(await world.Ask(token, "https://other.example"), Is.EqualTo(401));
        Assert.That(await world.Ask(token, Guid.NewGuid().ToString()), Is.EqualTo(401));
        Assert.That(world.Provider.Introspection.Requests, Is.Zero);
        Assert.That(await world.Ask(token, world.Provider.Issuer), Is.EqualTo(200));
        Assert.That(await world.Ask(token, id), Is.EqualTo(200));
        Assert.That(await world.Ask(token), Is.EqualTo(401), "what is remembered belongs to the named issuer");

        var test = await admin.Post("/api/issuers/test", new { token });
        Assert.That(test["accepted"].GetBoolean(), Is.True);
        Assert.That(test["steps"][0].GetProperty("detail").GetString(), Does.Contain($"X-Hoop-Issuer: {id}"));
        var foreign = await world.Gateway.Operator.Post("/api/issuers/test", new { token, issuer = id });
        Assert.That(foreign["accepted"].GetBoolean(), Is.False);
    }

    [Test]
    public async Task Where_two_issuers_could_be_asked_none_is_until_the_request_names_one()
    {
        await using var world = await IntrospectionWorld.Start();
        await using var other = await IdentityProviderStandIn.Start(IntrospectionWorld.Audience);
        other.AddClient(IntrospectionWorld.Client, world.Secret);
        await world.Trust();
        await world.Account("robot");
        var second = world.Issuer();
        (second["issuer"], second["jwks_url"], second["introspection_url"]) = (other.Issuer, other.JwksUrl, other.IntrospectionUrl);
        await world.Trust(second);
        var token = world.Provider.IssueOpaqueToken("robot");

        Assert.That(await world.Ask(token), Is.EqualTo(401));
        Assert.That((world.Provider.Introspection.Requests, other.Introspection.Requests), Is.EqualTo((0, 0)));
        Assert.That(await world.Ask(token, world.Provider.Issuer), Is.EqualTo(200));
        Assert.That(await world.Ask(token, other.Issuer), Is.EqualTo(401));
    }

    [Test]
    public async Task The_secret_is_sealed_never_shown_and_stays_for_its_url_alone()
    {
        await using var world = await IntrospectionWorld.Start();
        var created = await world.Trust();
        var path = $"/api/issuers/{created.Text("id")}";
        await world.Account("robot");

        var kept = world.Issuer();
        kept.Remove("introspection_secret");
        var again = await world.Gateway.Operator.Put(path, kept);
        Assert.That((int)again.Status, Is.EqualTo(200), again.Body.GetRawText());
        Assert.That(await world.Ask(world.Provider.IssueOpaqueToken("robot")), Is.EqualTo(200));

        kept["introspection_url"] = world.Provider.IntrospectionUrl + "/elsewhere";
        var elsewhere = await world.Gateway.Operator.Put(path, kept);
        Assert.That((int)elsewhere.Status, Is.EqualTo(400).Or.EqualTo(422));
        Assert.That(elsewhere.Message, Does.Contain("introspection_secret"));

        var shown = await world.Gateway.Operator.Get(path);
        Assert.That(shown["has_introspection_secret"].GetBoolean(), Is.True);
        foreach (var text in new[]
        {
            created.Body.GetRawText(), again.Body.GetRawText(), shown.Body.GetRawText(),
            string.Join('\n', await world.Gateway.Query<string>("SELECT row_to_json(i)::text FROM service_accounts.issuers AS i")),
            string.Join('\n', await world.Gateway.Query<string>("SELECT row_to_json(a)::text FROM identity.audit_events AS a")),
            string.Join('\n', world.Gateway.Logs.Lines),
        })
        {
            Assert.That(text, Does.Not.Contain(world.Secret));
        }

        foreach (var name in new[] { "introspection_url", "introspection_client_id" })
        {
            kept.Remove(name);
        }

        var without = await world.Gateway.Operator.Put(path, kept);
        Assert.That(without["has_introspection_secret"].GetBoolean(), Is.False);
        Assert.That(
            await world.Gateway.Query<int>("SELECT count(*)::int FROM service_accounts.issuers WHERE secrets_sealed IS NOT NULL"),
            Is.EqualTo(new[] { 0 }));
        Assert.That(await world.Ask(world.Provider.IssueOpaqueToken("robot")), Is.EqualTo(401));
    }

    [TestCase("introspection_secret", null, "introspection_secret")]
    [TestCase("introspection_client_id", null, "introspection_client_id")]
    [TestCase("introspection_url", null, "introspection_client_id")]
    [TestCase("introspection_url", "http://10.0.0.1/introspect", "introspection_url")]
    [TestCase("introspection_url", "file:///etc/passwd", "introspection_url")]
    [TestCase("jwks_ca_pem", "no certificate", "jwks_ca_pem")]
    [TestCase("jwks_token", "a b", "jwks_token")]
    public async Task What_does_not_fit_together_is_named(string member, string? value, string named)
    {
        await using var world = await IntrospectionWorld.Start();
        var body = world.Issuer();
        body[member] = value;

        var reply = await world.Gateway.Operator.Post("/api/issuers", body);

        Assert.That((int)reply.Status, Is.EqualTo(400).Or.EqualTo(422), reply.Body.GetRawText());
        Assert.That(reply.Body.GetRawText(), Does.Contain(named));
    }

    [Test]
    public async Task A_clusters_key_set_is_fetched_with_its_token_by_its_authority()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=cluster", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        using var signer = SigningKey.Create("RS256", "k1");
        var keys = new JsonObject { ["keys"] = new JsonArray(signer.PublicJwk("sig", "RS256")) }.ToJsonString();
        await using var cluster = await Cluster(certificate, keys);
        await using var gateway = await TestGateway.Start(IntrospectionWorld.Settings);
        var body = new JsonObject
        {
            ["issuer"] = "https://cluster.example",
            ["audiences"] = new JsonArray("hoop"),
            ["jwks_url"] = cluster.Urls.Single() + "/jwks",
            ["jwks_ca_pem"] = certificate.ExportCertificatePem(),
            ["jwks_token"] = "cluster-token",
        };
        var created = await gateway.Operator.Post("/api/issuers", body);
        Assert.That((int)created.Status, Is.EqualTo(201), created.Body.GetRawText());
        var path = $"/api/issuers/{created.Text("id")}";

        Assert.That(created["has_jwks_token"].GetBoolean(), Is.True);
        Assert.That(created.Body.GetRawText(), Does.Not.Contain("cluster-token"));
        await State("current", "the key set is not fetched");

        body.Remove("jwks_token");
        Assert.That((int)(await gateway.Operator.Put(path, body)).Status, Is.EqualTo(200), "the same URL keeps the token");
        await State("current", "the token was not kept");
        body["jwks_token"] = "";
        Assert.That((await gateway.Operator.Put(path, body))["has_jwks_token"].GetBoolean(), Is.False);
        await State("failing", "a key set was fetched without its token");
        (body["jwks_token"], body["jwks_ca_pem"]) = ("cluster-token", null);
        Assert.That((await gateway.Operator.Put(path, body))["has_jwks_token"].GetBoolean(), Is.True);
        await State("failing", "a stranger's certificate was trusted");

        async Task State(string state, string otherwise) => await Eventually.True(
            async () => (await gateway.Operator.Get(path))["keys"].GetProperty("state").GetString() == state, otherwise);
    }

    private static async Task<WebApplication> Cluster(X509Certificate2 certificate, string keys)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var application = builder.Build();
        application.MapGet("/jwks", (HttpContext context) => context.Request.Headers.Authorization == "Bearer cluster-token"
            ? Results.Text(keys, "application/json")
            : Results.StatusCode(401));
        await application.StartAsync();
        return application;
    }
}
