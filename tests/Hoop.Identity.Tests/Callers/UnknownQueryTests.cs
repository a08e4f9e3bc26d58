using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Callers;

/// <summary>A mistyped filter never answers with everything, and one that is there twice never with nothing.</summary>
public sealed class UnknownQueryTests : IdentityFixture
{
    private static readonly string[] Lists =
    [
        "audit/logs", "agents", "spiffe-mappings", "api-tokens", "tokens", "users", "connections", "trust-domains", "serviceaccounts",
        "serviceaccounts/rules", "issuers", "federation/principals", "sessions",
    ];

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
        foreach (var path in Lists.Append("feature-flags"))
        {
            Assert.That((await Admin.Get($"/api/{path}?no-such-filter=1")).Code, Is.EqualTo("unknown_parameter"), path);
        }

        Assert.That((await Gateway.Operator.Get("/api/orgs?no-such-filter=1")).Code, Is.EqualTo("unknown_parameter"));
    }

    [TestCase("/api/serviceaccounts?subject=a&subject=b", "subject")]
    [TestCase("/api/serviceaccounts?subject=a&subject=a", "subject")]
    [TestCase("/api/serviceaccounts?subject=a&Subject=b", "subject")]
    [TestCase("/api/serviceaccounts?issuer=&issuer=", "issuer")]
    [TestCase("/api/audit/logs?actor_subject=a&actor_subject=b", "actor_subject")]
    [TestCase("/api/spiffe-mappings?trust_domain=a.test&trust_domain=b.test", "trust_domain")]
    [TestCase("/api/agents?status=CONNECTED&status=DISCONNECTED", "status")]
    [TestCase("/api/serviceaccounts/nobody?issuer=a&issuer=b", "issuer")]
    public async Task A_parameter_that_is_there_twice_is_refused_by_its_name(string path, string name)
    {
        var reply = await Admin.Get(path);

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.BadRequest, "repeated_parameter")), reply.Message);
        Assert.That(reply.Message, Is.EqualTo($"{name}: is there 2 times; send it once"));
    }

    [Test]
    public async Task No_list_of_the_API_takes_a_page_twice()
    {
        foreach (var path in Lists)
        {
            Assert.That((await Admin.Get($"/api/{path}?page_size=1")).Status, Is.EqualTo(HttpStatusCode.OK), path);
            var reply = await Admin.Get($"/api/{path}?page_size=1&page_size=1");
            Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.BadRequest, "repeated_parameter")), path);
        }

        Assert.That((await Gateway.Operator.Get("/api/orgs?page_size=1&page_size=1")).Code, Is.EqualTo("repeated_parameter"));
        Assert.That((await Gateway.Operator.Get("/api/trust-domain-names?cursor=a&cursor=b")).Code, Is.EqualTo("repeated_parameter"));
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
        Assert.That((await Admin.Get("/v1/identity/entity/id?list=true&x=1&x=2")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Gateway.Anonymous.Get("/healthz/live?x=1")).Status, Is.EqualTo(HttpStatusCode.OK));
    }
}
