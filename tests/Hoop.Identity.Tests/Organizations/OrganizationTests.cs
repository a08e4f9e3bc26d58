using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Organizations;

public sealed class OrganizationTests
{
    private TestGateway _gateway = null!;

    [OneTimeSetUp]
    public async Task Start() => _gateway = await TestGateway.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [Test]
    public async Task The_operator_creates_an_organization_whose_admin_token_works()
    {
        var (id, admin) = await _gateway.CreateOrganization("acme");

        var agents = await admin.Get("/api/orgs");

        Assert.That(id, Is.Not.EqualTo(Guid.Empty));
        Assert.That(agents.Status, Is.EqualTo(HttpStatusCode.Forbidden), "an organization's admin is not the operator");
    }

    [Test]
    public async Task A_name_is_taken_once()
    {
        await _gateway.CreateOrganization("twice");

        var again = await _gateway.Operator.Post("/api/orgs", new { name = "twice" });

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(again.Code, Is.EqualTo("already_exists"));
    }

    [TestCase("""{}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": 5}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": "a", "name": "b"}""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": """, HttpStatusCode.BadRequest)]
    [TestCase("""[]""", HttpStatusCode.BadRequest)]
    [TestCase("""{"name": "Acme"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "a\u0000b"}""", HttpStatusCode.UnprocessableEntity)]
    public async Task A_bad_body_is_refused_with_the_field(string body, HttpStatusCode status)
    {
        var reply = await _gateway.Operator.Post("/api/orgs", body);

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply.Message, Is.Not.Empty);
    }

    [Test]
    public async Task Creation_leaves_one_audit_row_without_the_token()
    {
        var (id, _) = await _gateway.CreateOrganization("audited");

        var rows = (await _gateway.AuditOf("organization")).Where(row => row.ResourceId == id.ToString()).ToList();

        Assert.That(rows, Has.Count.EqualTo(1));
        Assert.That(rows[0].Action, Is.EqualTo("create"));
        Assert.That(rows[0].ActorKind, Is.EqualTo("operator"));
        Assert.That(rows[0].Fields, Is.EqualTo("""{"name": "audited"}"""));
    }

    [Test]
    public async Task Callers_without_a_known_token_are_refused()
    {
        Assert.That((await _gateway.Anonymous.Get("/api/orgs")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _gateway.As("hpk_unknown").Get("/api/orgs")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
