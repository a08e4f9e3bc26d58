using System.Net;
using System.Text.Json;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Svids;

public sealed class ResolveMappingTests : GatewayFixture
{
    private const string Path = "/api/spiffe-mappings/resolve";

    private SpiffeIssuerStandIn _issuer = null!;

    [OneTimeTearDown]
    public async Task StopIssuer() => await _issuer.DisposeAsync();

    protected override async Task<Dictionary<string, string?>?> Settings()
    {
        _issuer = await SpiffeIssuerStandIn.Start("resolve.test");
        return new()
        {
            ["HOOP_SPIFFE_MODE"] = "enforce",
            ["HOOP_SPIFFE_TRUST_DOMAIN"] = "resolve.test",
            ["HOOP_SPIFFE_BUNDLE_JWKS"] = _issuer.Bundle()
        };
    }

    [Test]
    public async Task An_identity_shows_its_agent_and_how_it_was_found()
    {
        var agent = await InsertAgent("team-blue");
        var mapping = await Map(
            new
            {
                trust_domain = "resolve.test",
                spiffe_prefix = "spiffe://resolve.test/team/",
                agent_template = "team-{{.WorkloadIdentifier}}",
                groups = new[] { "ops" }
            });

        var reply = await Admin.Post(Path, new { spiffe_id = "spiffe://resolve.test/team/blue" });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            reply.Body.EnumerateObject().Select(member => member.Name),
            Is.EqualTo(new[] { "spiffe_id", "trust_domain", "mapping", "workload_identifier", "agent_name", "agent_id", "groups",
                "candidates", "refused" }));
        Assert.That(reply["mapping"].GetProperty("id").GetGuid(), Is.EqualTo(mapping));
        Assert.That(reply.Text("workload_identifier"), Is.EqualTo("blue"));
        Assert.That(reply.Text("agent_name"), Is.EqualTo("team-blue"));
        Assert.That(reply["agent_id"].GetGuid(), Is.EqualTo(agent));
        Assert.That(reply["groups"].EnumerateArray().Single().GetString(), Is.EqualTo("ops"));
        Assert.That(reply["refused"].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task A_token_is_answered_as_its_identity_is()
    {
        await InsertAgent("by-token");
        await Map(new { trust_domain = "resolve.test", spiffe_id = "spiffe://resolve.test/token", agent_template = "by-token" });

        var reply = await Admin.Post(Path, new { token = _issuer.MintSvid("spiffe://resolve.test/token", "hoop-gateway") });

        Assert.That(reply.Text("agent_name"), Is.EqualTo("by-token"));
        Assert.That(reply.Text("spiffe_id"), Is.EqualTo("spiffe://resolve.test/token"));
        Assert.That(reply["refused"].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task A_template_may_name_the_agents_id()
    {
        var agent = await InsertAgent("by-its-id");
        await Map(
            new
            {
                trust_domain = "resolve.test",
                spiffe_prefix = "spiffe://resolve.test/ids/",
                agent_template = "{{.WorkloadIdentifier}}"
            });

        var reply = await Admin.Post(Path, new { spiffe_id = $"spiffe://resolve.test/ids/{agent}" });

        Assert.That(reply["agent_id"].GetGuid(), Is.EqualTo(agent));
        Assert.That(reply.Text("agent_name"), Is.EqualTo("by-its-id"));
    }

    [TestCase("expired")]
    [TestCase("audience")]
    [TestCase("unknown_key")]
    [TestCase("malformed")]
    [TestCase("trust_domain")]
    public async Task A_token_that_would_be_refused_says_why_and_shows_no_mapping(string code)
    {
        var id = "spiffe://resolve.test/team/blue";
        var token = code switch
        {
            "expired" => _issuer.MintSvid(id, "hoop-gateway", TimeSpan.FromMinutes(-5)),
            "audience" => _issuer.MintSvid(id, "somebody-else"),
            "unknown_key" => _issuer.MintSvid(id, "hoop-gateway", variant: new TokenVariant { KeyId = "nobody" }),
            "trust_domain" => _issuer.MintSvid("spiffe://elsewhere.test/x", "hoop-gateway"),
            _ => "a.b.c",
        };

        var reply = await Admin.Post(Path, new { token });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(reply["refused"].GetProperty("code").GetString(), Is.EqualTo(code));
        Assert.That(reply["mapping"].ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(reply["candidates"].GetArrayLength(), Is.Zero);
        Assert.That(reply.Body.GetRawText(), Does.Not.Contain(token));
    }

    [Test]
    public async Task An_identity_without_mapping_or_agent_is_explained()
    {
        await Map(
            new
            {
                trust_domain = "resolve.test",
                spiffe_prefix = "spiffe://resolve.test/nobody/",
                agent_template = "nobody-{{.WorkloadIdentifier}}"
            });

        var none = await Admin.Post(Path, new { spiffe_id = "spiffe://resolve.test/unmapped" });
        var noAgent = await Admin.Post(Path, new { spiffe_id = "spiffe://resolve.test/nobody/x" });
        var noName = await Admin.Post(Path, new { spiffe_id = "spiffe://resolve.test/nobody/a..b" });
        var elsewhere = await Admin.Post(Path, new { spiffe_id = "spiffe://unconfigured.test/x" });

        Assert.That(none["refused"].GetProperty("code").GetString(), Is.EqualTo("no_mapping"));
        Assert.That(noAgent["refused"].GetProperty("code").GetString(), Is.EqualTo("no_such_agent"));
        Assert.That(noAgent.Text("agent_name"), Is.EqualTo("nobody-x"));
        Assert.That(noAgent["agent_id"].ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(noName["refused"].GetProperty("code").GetString(), Is.EqualTo("template_failed"));
        Assert.That(elsewhere["warnings"][0].GetString(), Does.Contain("not configured"));
    }

    [Test]
    public async Task An_identity_whose_trust_domain_is_not_configured_is_refused_although_a_mapping_wins()
    {
        var agent = await InsertAgent(Fresh("agent"));
        var mapping = await Map(
            new { trust_domain = "unconfigured.test", spiffe_id = "spiffe://unconfigured.test/mapped", agent_id = agent });

        var reply = await Admin.Post(Path, new { spiffe_id = "spiffe://unconfigured.test/mapped" });

        Assert.That(reply["mapping"].GetProperty("id").GetGuid(), Is.EqualTo(mapping));
        Assert.That(reply["agent_id"].GetGuid(), Is.EqualTo(agent));
        Assert.That(reply["refused"].GetProperty("code").GetString(), Is.EqualTo("trust_domain"));
    }

    [Test]
    public async Task The_trust_domain_of_another_organization_looks_unknown()
    {
        var (_, other) = await Gateway.CreateOrganization(Fresh("org"));

        var reply = await other.Post(Path, new { token = _issuer.MintSvid("spiffe://resolve.test/token", "hoop-gateway") });

        Assert.That(reply["refused"].GetProperty("code").GetString(), Is.EqualTo("trust_domain"));
    }

    [TestCase("""{}""", 400)]
    [TestCase("""{"spiffe_id": "", "token": ""}""", 400)]
    [TestCase("""{"spiffe_id": "spiffe://a/b", "token": "x"}""", 400)]
    [TestCase("""{"spiffe_id": 5}""", 400)]
    [TestCase("""{"token": 5}""", 400)]
    [TestCase("""{"spiffe_id": "spiffe://a//b"}""", 422)]
    [TestCase("""{"spiffe_id": "nonsense"}""", 422)]
    public async Task A_bad_question_is_refused(string body, int status) =>
        Assert.That((int)(await Admin.Post(Path, body)).Status, Is.EqualTo(status));

    [Test]
    public async Task An_auditor_asks_and_a_standard_caller_does_not()
    {
        using var auditor = await ClientIn("auditor");
        using var standard = await ClientIn("somebody");

        Assert.That((await auditor.Post(Path, new { spiffe_id = "spiffe://a/b" })).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await standard.Post(Path, new { spiffe_id = "spiffe://a/b" })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private async Task<Guid> Map(object body) => (await Admin.Post("/api/spiffe-mappings", body))["id"].GetGuid();
}
