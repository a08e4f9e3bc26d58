using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.ServiceAccounts.Tests.Accounts;

public sealed class ServiceAccountTests
{
    private AccountsGateway _accounts = null!;
    private HttpClient _stranger = null!;

    private TestGateway Gateway => _accounts.Gateway;

    [OneTimeSetUp]
    public async Task Start()
    {
        _accounts = await AccountsGateway.Start();
        (_, _stranger) = await Gateway.CreateOrganization("stranger");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _accounts.DisposeAsync();

    [Test]
    public async Task A_created_account_has_the_id_that_follows_from_its_subject()
    {
        var created = await _accounts.Create("my-client-id", "active", "devops", "ops");

        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(created.Text("id"), Is.EqualTo("b42b13d4-b61a-53c7-8318-c62788af4a2f"));
        Assert.That(created.Text("issuer"), Is.EqualTo(_accounts.Provider.Issuer));
        Assert.That(created["groups"].EnumerateArray().Select(group => group.GetString()), Is.EqualTo(new[] { "devops", "ops" }));
        Assert.That((await Gateway.Operator.Get("/api/serviceaccounts/my-client-id")).Text("name"), Is.EqualTo("my-client-id-name"));
    }

    [Test]
    public async Task A_subject_is_registered_once()
    {
        await _accounts.Create("once");

        var again = await _accounts.Create("once");

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(again.Message, Is.EqualTo("resource already exists"));
    }

    [Test]
    public async Task A_subject_with_slashes_can_be_addressed()
    {
        await _accounts.Create("app/one/two");

        Assert.That((await Gateway.Operator.Get("/api/serviceaccounts/app/one/two")).Text("subject"), Is.EqualTo("app/one/two"));
        Assert.That((await Gateway.Operator.Delete("/api/serviceaccounts/app/one/two")).Status, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [Test]
    public async Task An_update_replaces_groups_and_status_and_keeps_a_name_that_is_not_given()
    {
        await _accounts.Create("changing", "active", "a");

        var updated = await Gateway.Operator.Put("/api/serviceaccounts/changing", new { status = "inactive" });

        Assert.That(updated.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(updated.Text("status"), Is.EqualTo("inactive"));
        Assert.That(updated.Text("name"), Is.EqualTo("changing-name"));
        Assert.That(updated["groups"].GetArrayLength(), Is.Zero);
    }

    [TestCase("""{"status": "active"}""", HttpStatusCode.BadRequest, "subject is required")]
    [TestCase("""{"subject": "s"}""", HttpStatusCode.BadRequest, "status is required")]
    [TestCase("""{"subject": "s", "status": "Active"}""", HttpStatusCode.UnprocessableEntity, "wrong status value \"Active\"")]
    [TestCase("""{"subject": "s", "status": 1}""", HttpStatusCode.BadRequest, "status")]
    [TestCase("""{"subject": "a\u0000b", "status": "active"}""", HttpStatusCode.UnprocessableEntity, "subject")]
    [TestCase("""{"subject": "spiffe://td/x", "status": "active"}""", HttpStatusCode.UnprocessableEntity, "spiffe-mappings")]
    [TestCase("""{"subject": "s", "status": "active", "name": "--admin"}""", HttpStatusCode.UnprocessableEntity,
        "name: must not begin with a dash")]
    [TestCase("""{"subject": "s", "status": "active", "groups": [""]}""", HttpStatusCode.UnprocessableEntity, "groups")]
    [TestCase("""{"subject": "s", "status": "active", "groups": ["a", "a"]}""", HttpStatusCode.UnprocessableEntity, "groups")]
    [TestCase("""{"subject": "s", "status": "active", "groups": [null]}""", HttpStatusCode.UnprocessableEntity, "groups")]
    [TestCase("""{"subject": "s", "status": "active", "issuer": "https://other.example"}""", HttpStatusCode.UnprocessableEntity, "issuer")]
    [TestCase("""{"subject": "s", "subject": "t", "status": "active"}""", HttpStatusCode.BadRequest, "subject")]
    public async Task A_bad_body_is_refused_with_the_field_and_nothing_is_written(string body, HttpStatusCode status, string message)
    {
        var before = (await Gateway.Operator.Get("/api/serviceaccounts")).Body.GetArrayLength();

        var reply = await Gateway.Operator.Post("/api/serviceaccounts", body);

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply.Message, Does.Contain(message));
        Assert.That((await Gateway.Operator.Get("/api/serviceaccounts")).Body.GetArrayLength(), Is.EqualTo(before));
    }

    [Test]
    public async Task Read_only_members_in_a_body_change_nothing()
    {
        var created = await Gateway.Operator.Post(
            "/api/serviceaccounts",
            new
            {
                id = Guid.NewGuid(),
                org_id = Guid.NewGuid(),
                created_at = "2000-01-01T00:00:00Z",
                subject = "assigned",
                status = "active"
            });

        Assert.That(created["org_id"].GetGuid(), Is.EqualTo(Hoop.Shared.DefaultOrganization.Id));
        Assert.That(created["created_at"].GetDateTime().Year, Is.GreaterThan(2000));
    }

    [Test]
    public async Task A_subject_cannot_be_changed() =>
        Assert.That(
            (await Gateway.Operator.Put("/api/serviceaccounts/any", new { subject = "other", status = "active" })).Status,
            Is.EqualTo(HttpStatusCode.UnprocessableEntity));

    [Test]
    public async Task Another_organization_neither_sees_nor_changes_it()
    {
        await _accounts.Create("hidden");

        Assert.That((await _stranger.Get("/api/serviceaccounts")).Body.GetArrayLength(), Is.Zero);
        Assert.That((await _stranger.Get("/api/serviceaccounts/hidden")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(
            (await _stranger.Put("/api/serviceaccounts/hidden", new { status = "inactive" })).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _stranger.Delete("/api/serviceaccounts/hidden")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Gateway.Operator.Get("/api/serviceaccounts/hidden")).Text("status"), Is.EqualTo("active"));
    }

    [Test]
    public async Task An_organization_without_a_provider_cannot_register_accounts()
    {
        var reply = await _stranger.Post("/api/serviceaccounts", new { subject = "mine", status = "active" });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(reply.Code, Is.EqualTo("no_issuer"));
    }

    [Test]
    public async Task Each_change_leaves_one_audit_row()
    {
        await _accounts.Create("audited");
        await Gateway.Operator.Put("/api/serviceaccounts/audited", new { status = "inactive" });
        await Gateway.Operator.Delete("/api/serviceaccounts/audited");
        await Gateway.Operator.Delete("/api/serviceaccounts/audited");

        var rows = (await Gateway.AuditOf("service_account")).Where(row => row.ResourceId == "audited").ToList();

        Assert.That(rows.Select(row => row.Action), Is.EqualTo(new[] { "create", "update", "delete" }));
        Assert.That(JsonDocument.Parse(rows[1].Fields).RootElement.GetProperty("status").GetString(), Is.EqualTo("inactive"));
    }
}
