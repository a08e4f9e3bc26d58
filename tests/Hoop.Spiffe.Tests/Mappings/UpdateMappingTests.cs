using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Mappings;

public sealed class UpdateMappingTests : GatewayFixture
{
    private const string Path = "/api/spiffe-mappings";

    [Test]
    public async Task Every_member_is_replaced()
    {
        var agent = await InsertAgent(Fresh("agent"));
        var created = await Admin.Post(
            Path, new { trust_domain = "a.test", spiffe_id = "spiffe://a.test/x", agent_id = agent, groups = new[] { "ops" } });

        var updated = await Admin.Put(
            $"{Path}/{created.Text("id")}",
            new { id = Guid.NewGuid(), trust_domain = "b.test", spiffe_prefix = "spiffe://b.test/x/", agent_template = "name" });

        Assert.That(updated.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(updated.Text("id"), Is.EqualTo(created.Text("id")), "the id of the path counts");
        Assert.That(updated.Text("trust_domain"), Is.EqualTo("b.test"));
        Assert.That(updated.Text("spiffe_prefix"), Is.EqualTo("spiffe://b.test/x/"));
        Assert.That(updated.Text("agent_template"), Is.EqualTo("name"));
        Assert.That(updated.Body.TryGetProperty("spiffe_id", out _), Is.False);
        Assert.That(updated.Body.TryGetProperty("agent_id", out _), Is.False);
        Assert.That(updated["groups"].GetArrayLength(), Is.Zero, "what is left out is reset");
        Assert.That(updated.Text("created_at"), Is.EqualTo(created.Text("created_at")));
        Assert.That(updated["updated_at"].GetDateTimeOffset(), Is.GreaterThan(created["updated_at"].GetDateTimeOffset()));
    }

    [Test]
    public async Task The_rules_of_create_hold()
    {
        var created = await Admin.Post(
            Path, new { trust_domain = "rules.test", spiffe_id = "spiffe://rules.test/x", agent_template = "name" });

        var missing = await Admin.Put($"{Path}/{created.Text("id")}", new { spiffe_id = "spiffe://rules.test/x", agent_template = "name" });
        var both = await Admin.Put($"{Path}/{created.Text("id")}", new { trust_domain = "rules.test", agent_template = "name" });
        var noAgent = await Admin.Put(
            $"{Path}/{created.Text("id")}",
            new { trust_domain = "rules.test", spiffe_id = "spiffe://rules.test/x", agent_id = Guid.NewGuid() });

        Assert.That(missing.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(both.Message, Is.EqualTo("exactly one of spiffe_id or spiffe_prefix must be set"));
        Assert.That(noAgent.Message, Is.EqualTo("agent_id: no such agent"));
    }

    [Test]
    public async Task It_cannot_take_what_another_mapping_has()
    {
        await Admin.Post(Path, new { trust_domain = "c.test", spiffe_id = "spiffe://c.test/taken", agent_template = "name" });
        await Admin.Post(Path, new { trust_domain = "c.test", spiffe_prefix = "spiffe://c.test/taken/", agent_template = "name" });
        var mine = await Admin.Post(Path, new { trust_domain = "c.test", spiffe_id = "spiffe://c.test/mine", agent_template = "name" });

        var id = await Admin.Put(
            $"{Path}/{mine.Text("id")}", new { trust_domain = "c.test", spiffe_id = "spiffe://c.test/taken", agent_template = "name" });
        var prefix = await Admin.Put(
            $"{Path}/{mine.Text("id")}",
            new { trust_domain = "c.test", spiffe_prefix = "spiffe://c.test/taken/", agent_template = "name" });
        var same = await Admin.Put(
            $"{Path}/{mine.Text("id")}", new { trust_domain = "c.test", spiffe_id = "spiffe://c.test/mine", agent_template = "other" });

        Assert.That(id.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(id.Message, Is.EqualTo("resource already exists"));
        Assert.That(prefix.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(same.Status, Is.EqualTo(HttpStatusCode.OK), "it may keep its own");
    }

    [Test]
    public async Task Of_many_mappings_that_want_one_identity_exactly_one_gets_it()
    {
        var ids = new List<string?>();
        for (var i = 0; i < 40; i++)
        {
            ids.Add(
                (await Admin.Post(Path,
                    new { trust_domain = "race.test", spiffe_id = $"spiffe://race.test/{i}", agent_template = "name" })).Text("id"));
        }

        var replies = await Task.WhenAll(
            ids.Select(id => Admin.Put($"{Path}/{id}",
                new { trust_domain = "race.test", spiffe_id = "spiffe://race.test/prize", agent_template = "name" })));

        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.OK), Is.EqualTo(1));
        Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.Conflict), Is.EqualTo(39));
    }

    [Test]
    public async Task Another_organization_does_not_see_it()
    {
        var created = await Admin.Post(
            Path, new { trust_domain = "mine.test", spiffe_id = "spiffe://mine.test/x", agent_template = "name" });
        var (_, other) = await Gateway.CreateOrganization(Fresh("org"));
        var body = new { trust_domain = "mine.test", spiffe_id = "spiffe://mine.test/x", agent_template = "taken-over" };

        var foreign = await other.Put($"{Path}/{created.Text("id")}", body);
        var absent = await other.Put($"{Path}/{Guid.NewGuid()}", body);

        Assert.That(foreign.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(foreign.Message, Is.EqualTo("resource not found"));
        Assert.That(foreign.Body.GetRawText(), Is.EqualTo(absent.Body.GetRawText()));
        Assert.That((await Admin.Get($"{Path}/{created.Text("id")}")).Text("agent_template"), Is.EqualTo("name"));
    }

    [Test]
    public async Task An_update_is_audited()
    {
        var created = await Admin.Post(Path, new { trust_domain = "log.test", spiffe_id = "spiffe://log.test/x", agent_template = "name" });

        await Admin.Put(
            $"{Path}/{created.Text("id")}", new { trust_domain = "log.test", spiffe_id = "spiffe://log.test/y", agent_template = "name" });

        var row = (await Gateway.AuditOf("spiffe_mapping")).Last(one => one.ResourceId == created.Text("id"));
        Assert.That(row.Action, Is.EqualTo("update"));
        Assert.That(row.Fields, Does.Contain("spiffe://log.test/y"));
    }
}
