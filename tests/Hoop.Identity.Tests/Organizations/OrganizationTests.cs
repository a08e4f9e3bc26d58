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
    [TestCase("""{"name": "acme\n"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "-acme"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "acme-"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "a_b"}""", HttpStatusCode.UnprocessableEntity)]
    [TestCase("""{"name": "\u212Aelvin"}""", HttpStatusCode.UnprocessableEntity)]
    public async Task A_bad_body_is_refused_with_the_field(string body, HttpStatusCode status)
    {
        var reply = await _gateway.Operator.Post("/api/orgs", body);

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply.Message, Is.Not.Empty);
    }

    [Test]
    public async Task The_longest_name_works_and_one_more_character_does_not()
    {
        Assert.That(
            (await _gateway.Operator.Post("/api/orgs", new { name = new string('a', 63) })).Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(
            (await _gateway.Operator.Post("/api/orgs", new { name = new string('a', 64) })).Status,
            Is.EqualTo(HttpStatusCode.UnprocessableEntity));
    }

    [Test]
    public async Task The_operator_alone_lists_and_creates()
    {
        var (_, admin) = await _gateway.CreateOrganization("listed");

        var listed = await _gateway.Operator.Get("/api/orgs");

        Assert.That(
            listed.Body.EnumerateArray().Select(row => row.GetProperty("name").GetString()),
            Does.Contain("default").And.Contain("listed").And.Ordered.Using((IComparer<string>)StringComparer.Ordinal));
        Assert.That(listed.Body.GetRawText(), Does.Not.Contain("hpk_"));
        Assert.That((await admin.Post("/api/orgs", new { name = "mine" })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await _gateway.Operator.Get("/api/orgs")).Body.GetRawText(), Does.Not.Contain("mine"));
    }

    [Test]
    public async Task Members_that_the_gateway_decides_are_ignored()
    {
        var id = Guid.NewGuid();

        var reply = await _gateway.Operator.Post("/api/orgs", new { name = "assigned", id, admin_token = "chosen-by-caller-00" });

        Assert.That(reply.Text("id"), Is.Not.EqualTo(id.ToString()));
        Assert.That((await _gateway.As("chosen-by-caller-00").Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task The_new_organization_s_own_trail_begins_with_its_first_admin_token_and_who_made_it()
    {
        var (_, admin) = await _gateway.CreateOrganization("beginning");

        var trail = await admin.Get("/api/audit/logs");

        var row = trail["data"].EnumerateArray().Single();
        Assert.That(row.GetProperty("resource_type").GetString(), Is.EqualTo("api_token"));
        Assert.That(row.GetProperty("actor_kind").GetString(), Is.EqualTo("operator"));
        Assert.That(row.GetProperty("fields").GetRawText(), Does.Contain("admin").And.Not.Contain("hpk_"));
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
