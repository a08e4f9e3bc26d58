using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.IdentityTokens;

/// <summary>Roles whose tokens are JWT-SVIDs, verified by the gateway's own verifier of such.</summary>
public sealed class SpiffeRoleTests
{
    private TestGateway _gateway = null!;
    private TokenWorld _world = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start(new(StringComparer.Ordinal)
        {
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = "configured.test",
            ["HOOP_SPIFFE_AUDIENCE"] = "hoop-gateway",
            ["HOOP_SPIFFE_BUNDLE_JWKS"] = """{"keys": []}""",
        });
        _world = await TokenWorld.Start(_gateway, "svids");
        await _world.KeyAndRole("svid", role: new
        {
            client_id = "hoop-gateway",
            ttl = "5m",
            template = """{"sub": "spiffe://minted.test/team/{{identity.entity.metadata.team}}/{{identity.entity.name}}"}""",
        });
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _world.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task The_bundle_makes_the_gateway_believe_the_svid()
    {
        var bundle = await _gateway.Anonymous.Get($"{_world.Path}/.well-known/spiffe-bundle");
        Assert.Multiple(() =>
        {
            Assert.That(bundle["keys"].EnumerateArray().Select(key => key.GetProperty("use").GetString()), Is.All.EqualTo("jwt-svid"));
            Assert.That(bundle["spiffe_sequence"].GetInt64(), Is.Positive);
            Assert.That(bundle["spiffe_refresh_hint"].GetInt32(), Is.Positive);
        });
        await TokenWorld.Good(_gateway.Operator.Put("/api/trust-domain-names/minted.test", new { org_id = _world.OrgId }));
        await TokenWorld.Good(_world.Admin.Post("/api/trust-domains", new { name = "minted.test", bundle_jwks = bundle.Body }));
        var agent = await TokenWorld.Good(_world.Admin.Post("/api/agents", new { name = "workload" }));
        await TokenWorld.Good(_world.Admin.Post(
            "/api/spiffe-mappings",
            new { trust_domain = "minted.test", spiffe_id = "spiffe://minted.test/team/red/person", agent_id = agent.Text("id") }));

        using var workload = _gateway.As(await _world.Token("svid"));
        var who = await workload.Get("/api/userinfo");

        Assert.That(who.Status, Is.EqualTo(HttpStatusCode.OK), who.Body.ToString());
        Assert.That(who.Text("subject"), Is.EqualTo("spiffe://minted.test/team/red/person"));
    }

    [Test]
    public async Task The_sequence_grows_with_every_change_of_the_keys_and_the_root_has_the_operators()
    {
        var before = (await _gateway.Anonymous.Get($"{_world.Path}/.well-known/spiffe-bundle"))["spiffe_sequence"].GetInt64();
        await _world.Set("key/svid/rotate");
        var after = await _gateway.Anonymous.Get($"{_world.Path}/.well-known/spiffe-bundle");
        Assert.That(after["spiffe_sequence"].GetInt64(), Is.GreaterThan(before));
        Assert.That(
            after["keys"].EnumerateArray().Select(key => key.GetProperty("kid").GetString()), Is.EqualTo(await _world.Published()));

        var root = await _gateway.Anonymous.Get("/.well-known/spiffe-bundle");
        var plain = await _gateway.Anonymous.Get("/v1/identity/oidc/.well-known/spiffe-bundle");
        Assert.That(root.Body.ToString(), Is.EqualTo(plain.Body.ToString()));
    }

    [Test]
    public async Task A_key_that_JWT_SVIDs_may_not_have_is_not_in_the_bundle_and_signs_none()
    {
        await using var world = await TokenWorld.Start(_gateway, "edwards");
        await world.KeyAndRole("svid", new { algorithm = "ES256" }, new { template = """{"sub": "spiffe://minted.test/a"}""" });
        await world.Token("svid");
        await world.Set("key/svid", new { algorithm = "EdDSA" });

        var reply = await world.Person.Get("/v1/identity/oidc/token/svid");
        var bundle = await _gateway.Anonymous.Get($"{world.Path}/.well-known/spiffe-bundle");
        var keys = await _gateway.Anonymous.Get($"{world.Path}/.well-known/keys");

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(reply["errors"][0].GetString(), Does.StartWith("the key \"svid\" signs with EdDSA, which JWT-SVIDs may not"));
            Assert.That(Algorithms(bundle), Is.All.EqualTo("ES256").And.Not.Empty, "what was signed before stays good");
            Assert.That(Algorithms(keys).Count(name => name == "EdDSA"), Is.EqualTo(2), "the key that signs and the next one");
        });

        static string?[] Algorithms(Reply set) =>
            [.. set["keys"].EnumerateArray().Select(key => key.GetProperty("alg").GetString())];
    }

    [TestCase("a/b")]
    [TestCase("..")]
    [TestCase("a b")]
    [TestCase("ä")]
    [TestCase("a\"b")]
    [TestCase("%2e")]
    public async Task A_name_does_not_lead_out_of_its_segment(string name)
    {
        await using var world = await TokenWorld.Start(_gateway, $"escape-{Guid.NewGuid():N}");
        await world.KeyAndRole("svid", role: new { template = """{"sub": "spiffe://minted.test/{{identity.entity.name}}"}""" });
        await TokenWorld.Good(world.Admin.Post($"/v1/identity/entity/id/{world.EntityId}", new { name }));

        var reply = await world.Person.Get("/v1/identity/oidc/token/svid");

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(reply["errors"][0].GetString(), Does.StartWith("the template of the role \"svid\" gives no SPIFFE ID"));
    }

    [Test]
    public async Task An_svid_has_one_subject_and_nothing_but_what_the_standard_knows_in_its_header()
    {
        var token = await _world.Token("svid");
        var claims = OutsideVerifier.ClaimsOf(token);
        Assert.Multiple(async () =>
        {
            Assert.That(claims.EnumerateObject().Count(claim => claim.Name == "sub"), Is.EqualTo(1));
            Assert.That(claims.GetProperty("sub").GetString(), Is.EqualTo("spiffe://minted.test/team/red/person"));
            Assert.That(claims.GetProperty("aud").ValueKind, Is.EqualTo(JsonValueKind.String));
            Assert.That((await _world.Introspect(token)).Active, Is.True);
        });
    }
}
