using System.Net;
using Hoop.Spiffe.Tests.Channels;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Agents;

public sealed class AgentTests
{
    private TestGateway _gateway = null!;
    private HttpClient _stranger = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        (_, _stranger) = await _gateway.CreateOrganization("stranger");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _gateway.DisposeAsync();

    [Test]
    public async Task A_new_agent_shows_its_key_once()
    {
        var created = await _gateway.Operator.Post("/api/agents", new { name = "once" });
        var read = await _gateway.Operator.Get("/api/agents/once");

        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(created.Text("token"), Does.StartWith("http://once:xagt-").And.Contain($"@{_gateway.Address.Authority}?mode=standard"));
        Assert.That(read.Text("token"), Is.Empty);
        Assert.That(read.Text("status"), Is.EqualTo("DISCONNECTED"));
        Assert.That(read["id"].GetGuid(), Is.EqualTo(created["id"].GetGuid()));
    }

    [Test]
    public async Task The_key_is_stored_as_a_hash_only()
    {
        var created = await _gateway.Operator.Post("/api/agents", new { name = "hashed" });
        var secret = TestAgent.Secret(created.Text("token")!);

        var rows = await _gateway.Query<string>(
            "SELECT row_to_json(agents)::text FROM spiffe.agents UNION ALL SELECT row_to_json(audit_events)::text FROM identity.audit_events");

        Assert.That(rows, Is.Not.Empty);
        Assert.That(rows, Has.None.Contains(secret));
        Assert.That(_gateway.Logs.Lines, Has.None.Contains(secret));
    }

    [Test]
    public async Task A_name_is_taken_once_in_an_organization_and_free_in_another()
    {
        await _gateway.Operator.Post("/api/agents", new { name = "taken" });

        Assert.That((await _gateway.Operator.Post("/api/agents", new { name = "taken" })).Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That((await _stranger.Post("/api/agents", new { name = "taken" })).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [TestCase("""{}""", HttpStatusCode.BadRequest, "name is required")]
    [TestCase("""{"name": 1}""", HttpStatusCode.BadRequest, "name")]
    [TestCase("""{"name": "ab"}""", HttpStatusCode.UnprocessableEntity, "name")]
    [TestCase("""{"name": "a b c"}""", HttpStatusCode.UnprocessableEntity, "name")]
    [TestCase("""{"name": "abc\u0000"}""", HttpStatusCode.UnprocessableEntity, "name")]
    [TestCase("""{"name": "3c90c3cc-0d44-4b50-8888-8dd25736052a"}""", HttpStatusCode.UnprocessableEntity, "form of an id")]
    [TestCase("""{"name": "good", "mode": "weird"}""", HttpStatusCode.UnprocessableEntity, "unknown agent mode")]
    public async Task A_bad_body_is_refused_and_nothing_is_written(string body, HttpStatusCode status, string message)
    {
        var before = (await _gateway.Operator.Get("/api/agents")).Body.GetArrayLength();

        var reply = await _gateway.Operator.Post("/api/agents", body);

        Assert.That(reply.Status, Is.EqualTo(status));
        Assert.That(reply.Message, Does.Contain(message));
        Assert.That((await _gateway.Operator.Get("/api/agents")).Body.GetArrayLength(), Is.EqualTo(before));
    }

    [Test]
    public async Task Another_organization_does_not_see_it()
    {
        var created = await _gateway.Operator.Post("/api/agents", new { name = "hidden" });
        var id = created["id"].GetGuid();

        Assert.That((await _stranger.Get($"/api/agents/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _stranger.Get("/api/agents/hidden")).Message, Is.EqualTo("agent not found"));
        Assert.That((await _stranger.Post($"/api/agents/{id}/rotate-key")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(
            (await _stranger.Delete($"/api/agents/{id}")).Status, Is.EqualTo(HttpStatusCode.NoContent), "as for one that does not exist");
        Assert.That(
            (await _gateway.Operator.Get("/api/agents/hidden")).Status,
            Is.EqualTo(HttpStatusCode.OK),
            "the stranger's call deleted nothing");
    }

    [TestCase("abc\0def")]
    [TestCase("3C90C3CC0D444B5088888DD25736052A")]
    [TestCase("{3c90c3cc-0d44-4b50-8888-8dd25736052a}")]
    [TestCase("no-such-agent")]
    public async Task What_names_no_agent_is_not_found(string name) =>
        Assert.That(
            (await _gateway.Operator.Get($"/api/agents/{Uri.EscapeDataString(name)}")).Status,
            Is.EqualTo(name.Contains('\0') ? HttpStatusCode.BadRequest : HttpStatusCode.NotFound));

    [Test]
    [Description("U1, B9: the foreign key took the mappings along without a word")]
    public async Task An_agent_that_mappings_name_is_kept_and_with_a_cascade_each_of_them_goes_with_a_row()
    {
        var first = (await _gateway.Operator.Post("/api/agents", new { name = "reborn" }))["id"].GetGuid();
        await _gateway.Execute(
            """
            INSERT INTO spiffe.mappings (id, org_id, trust_domain, spiffe_id, agent_id)
            SELECT gen_random_uuid(), org_id, 'gone.example', 'spiffe://gone.example/x', id FROM spiffe.agents WHERE id = @first
            """,
            new { first });

        var mapping = (await _gateway.Query<Guid>("SELECT id FROM spiffe.mappings WHERE trust_domain = 'gone.example'"))[0].ToString();

        var refused = await _gateway.Operator.Delete("/api/agents/reborn");
        var kept = await _gateway.Operator.Get("/api/agents/reborn");
        var deleted = await _gateway.Operator.Delete("/api/agents/reborn?cascade=true");
        var again = await _gateway.Operator.Delete("/api/agents/reborn?cascade=true");
        var second = (await _gateway.Operator.Post("/api/agents", new { name = "reborn" }))["id"].GetGuid();

        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.Conflict, "agent_in_use")));
        Assert.That(refused.Message, Is.EqualTo(
            "agent \"reborn\" is named by 1 spiffe mapping: change or delete them first, or delete them with it by ?cascade=true"));
        Assert.That(
            refused["used_by"].GetRawText(),
            Is.EqualTo($$"""[{"type":"spiffe_mapping","id":"{{mapping}}","name":"spiffe://gone.example/x"}]"""));
        Assert.That(kept.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(deleted["deleted_with_it"].GetRawText(), Is.EqualTo(refused["used_by"].GetRawText()));
        Assert.That(again["id"].ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        var row = (await _gateway.AuditOf("spiffe_mapping")).Single(row => row.ResourceId == mapping);
        Assert.That((row.Action, row.Outcome), Is.EqualTo(("delete", "success")));
        Assert.That(row.Fields, Does.Contain("agent_deleted").And.Contain("spiffe://gone.example/x"));
        Assert.That(second, Is.Not.EqualTo(first));
        Assert.That(
            await _gateway.Query<int>("SELECT count(*)::integer FROM spiffe.mappings WHERE trust_domain = 'gone.example'"),
            Is.EqualTo(new[] { 0 }));
    }

    [Test]
    public async Task Creation_rotation_and_deletion_leave_one_audit_row_each()
    {
        var id = (await _gateway.Operator.Post("/api/agents", new { name = "watched" }))["id"].GetGuid().ToString();
        await _gateway.Operator.Post("/api/agents/watched/rotate-key");
        await _gateway.Operator.Delete("/api/agents/watched");

        var actions = (await _gateway.AuditOf("agent")).Where(row => row.ResourceId == id).Select(row => row.Action);

        Assert.That(actions, Is.EqualTo(new[] { "create", "rotate", "delete" }));
    }

    [Test]
    public async Task The_list_can_be_narrowed_by_status()
    {
        await _gateway.Operator.Post("/api/agents", new { name = "offline" });

        var offline = await _gateway.Operator.Get("/api/agents?status=DISCONNECTED");
        var online = await _gateway.Operator.Get("/api/agents?status=CONNECTED");
        var wrong = await _gateway.Operator.Get("/api/agents?status=connected");

        Assert.That(offline.Body.EnumerateArray().Select(agent => agent.GetProperty("name").GetString()), Does.Contain("offline"));
        Assert.That(online.Body.GetArrayLength(), Is.Zero);
        Assert.That(wrong.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
    }
}
