using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Callers;

/// <summary>A mistyped filter never answers with everything.</summary>
public sealed class UnknownQueryTests : IdentityFixture
{
    [TestCase("/api/audit/logs?actor=x", "actor: unknown query parameter; did you mean actor_alias or actor_subject or actor_kind?")]
    [TestCase("/api/audit/logs?actor_subjekt=x", "did you mean actor_subject?")]
    [TestCase("/api/audit/logs?page_sise=3", "did you mean page_size?")]
    [TestCase("/api/agents?statsu=connected", "did you mean status?")]
    [TestCase("/api/agents?nmae=x", "unknown query parameter")]
    [TestCase("/api/spiffe-mappings?trustdomain=x", "did you mean trust_domain?")]
    [TestCase("/api/api-tokens?name=x", "this call takes")]
    [TestCase("/api/connections?nme=x", "nme: ")]
    [TestCase("/api/trust-domains?foo", "foo: ")]
    [TestCase("/api/feature-flags?x=1", "x: ")]
    [TestCase("/api/userinfo?x=1", "x: this call takes no query parameters")]
    [TestCase("/api/userinfo?%0d%0aa=1", "??a: ")]
    public async Task An_unknown_parameter_is_refused_with_the_nearest_one(string path, string message)
    {
        var reply = await Admin.Get(path);

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "unknown_parameter")), reply.Message);
        Assert.That(reply.Message, Does.Contain(message));
    }

    [Test]
    public async Task Every_list_of_the_API_refuses_one()
    {
        var paths =
            new[] { "audit/logs", "agents", "spiffe-mappings", "api-tokens", "connections", "trust-domains", "feature-flags",
                "serviceaccounts" };
        foreach (var path in paths)
        {
            Assert.That((await Admin.Get($"/api/{path}?no-such-filter=1")).Code, Is.EqualTo("unknown_parameter"), path);
        }

        Assert.That((await Gateway.Operator.Get("/api/orgs?no-such-filter=1")).Code, Is.EqualTo("unknown_parameter"));
    }

    [Test]
    public async Task Whoever_may_not_call_learns_nothing_about_the_call()
    {
        Assert.That((await Gateway.Anonymous.Get("/api/audit/logs?x=1")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await Standard.Get("/api/audit/logs?x=1")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Vaults_dialect_and_open_documents_ignore_what_they_do_not_know()
    {
        await Admin.Post("/v1/identity/entity", new { name = "there" });

        Assert.That((await Admin.Get("/v1/identity/entity/id?list=true&x=1")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Gateway.Anonymous.Get("/healthz/live?x=1")).Status, Is.EqualTo(HttpStatusCode.OK));
    }
}
