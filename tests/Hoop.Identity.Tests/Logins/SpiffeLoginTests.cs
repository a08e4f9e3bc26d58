using System.Net;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Logins;

/// <summary>Mounts of type spiffe: a workload signs in with its JWT-SVID, whether or not it is an agent.</summary>
public sealed class SpiffeLoginTests
{
    private const string Audience = "hoop-gateway";

    private SpiffeIssuerStandIn _issuer = null!;
    private TestGateway _gateway = null!;
    private HttpClient _admin = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        await using var configured = await SpiffeIssuerStandIn.Start("configured.test");
        _issuer = await SpiffeIssuerStandIn.Start("acme.test");
        _gateway = await TestGateway.Start(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = configured.TrustDomain,
            ["HOOP_SPIFFE_AUDIENCE"] = Audience,
            ["HOOP_SPIFFE_BUNDLE_JWKS"] = configured.Bundle(),
        });
        (var acme, _admin) = await _gateway.CreateOrganization("acme");
        await Good(_gateway.Operator.Put("/api/trust-domain-names/acme.test", new { org_id = acme }));
        await Good(_admin.Post("/api/trust-domains", new { name = "acme.test", bundle_jwks = _issuer.Bundle() }));
        await Furnish(_admin);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _admin.Dispose();
        await _gateway.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Test]
    public async Task A_workload_signs_in_as_its_spiffe_id()
    {
        var reply = await LoginWorld.Login(_gateway, _issuer.MintSvid("spiffe://acme.test/prod/web", Audience), mount: "workloads");
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        using var workload = _gateway.As(reply["auth"].GetProperty("client_token").GetString()!);
        var self = (await workload.Get("/v1/auth/token/lookup-self"))["data"];
        var entity = await _admin.Get($"/v1/identity/entity/id/{self.GetProperty("entity_id").GetString()}");
        Assert.That(
            entity["data"].GetProperty("aliases")[0].GetProperty("name").GetString(), Is.EqualTo("spiffe://acme.test/prod/web"));
        Assert.That(self.GetProperty("policies").ToString(), Does.Contain("dev"));
    }

    [TestCase("spiffe://acme.test/stage/web", Audience, "acme", TestName = "outside of the pattern")]
    [TestCase("spiffe://acme.test/prod/web", "another", "acme", TestName = "another audience")]
    [TestCase("spiffe://acme.test/prod/web", Audience, "other", TestName = "another organization's trust domain")]
    public async Task What_the_role_or_the_trust_domain_does_not_take_is_refused(string spiffeId, string audience, string space)
    {
        if (space == "other")
        {
            var (_, stranger) = await _gateway.CreateOrganization("other");
            using var client = stranger;
            await Furnish(client);
        }

        var reply = await LoginWorld.Login(_gateway, _issuer.MintSvid(spiffeId, audience), mount: "workloads", space: space);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(reply["errors"][0].GetString(), Does.StartWith("error validating token"));
    }

    [Test]
    public async Task An_access_token_is_no_svid_and_there_is_nothing_to_set()
    {
        await using var provider = await IdentityProviderStandIn.Start(Audience);
        var reply = await LoginWorld.Login(_gateway, provider.MintAccessToken("spiffe://acme.test/prod/web"), mount: "workloads");
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        var set = await _admin.Post("/v1/auth/workloads/config", new { jwks_url = "https://keys.example.com" });
        Assert.That(set["errors"][0].GetString(), Does.StartWith("a mount of type spiffe has no settings"));
    }

    private static async Task Furnish(HttpClient admin)
    {
        await Good(admin.Post("/v1/sys/auth/workloads", new { type = "spiffe" }));
        await Good(admin.Post("/v1/auth/workloads/role/dev", new
        {
            role_type = "jwt",
            user_claim = "sub",
            bound_audiences = Audience,
            bound_claims_type = "glob",
            bound_claims = new { sub = "spiffe://acme.test/prod/*" },
            token_policies = "dev",
        }));
    }

    private static async Task Good(Task<Reply> sent)
    {
        var reply = await sent;
        Assert.That(reply.Response.IsSuccessStatusCode, reply.Body.ToString());
    }
}
