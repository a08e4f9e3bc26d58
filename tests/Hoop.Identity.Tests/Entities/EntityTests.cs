using System.Net;
using System.Text.Json;
using Hoop.Identity.Entities;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Entities;

public sealed class EntityTests : IdentityFixture
{
    private const string Entity = "/v1/identity/entity";

    [Test]
    public async Task The_documented_story_create_read_update_delete()
    {
        var created = await Admin.Post(
            Entity, """{"metadata": {"organization": "hashicorp", "team": "vault"}, "policies": ["eng-dev", "infra-dev"]}""");

        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.OK));
        var id = created["data"].GetProperty("id").GetString();
        Assert.That(created["data"].GetProperty("aliases").ValueKind, Is.EqualTo(JsonValueKind.Null));

        var read = (await Admin.Get($"{Entity}/id/{id}"))["data"];
        Assert.That(read.GetProperty("id").GetString(), Is.EqualTo(id));
        Assert.That(read.GetProperty("name").GetString(), Does.Match("^entity-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"));
        Assert.That(read.GetProperty("bucket_key_hash").GetString(), Does.Match("^[0-9a-f]{32}$"));
        Assert.That(read.GetProperty("metadata").GetProperty("team").GetString(), Is.EqualTo("vault"));
        Assert.That(read.GetProperty("policies").GetRawText(), Is.EqualTo("""["eng-dev","infra-dev"]"""));
        Assert.That(read.GetProperty("aliases").GetRawText(), Is.EqualTo("[]"));
        Assert.That(read.GetProperty("disabled").GetBoolean(), Is.False);
        Assert.That(read.GetProperty("creation_time").GetString(), Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z$"));
        Assert.That(read.GetProperty("last_update_time").GetString(), Is.EqualTo(read.GetProperty("creation_time").GetString()));

        var updated = await Admin.Post(
            $"{Entity}/id/{id}",
            """{"name": "updatedEntityName", "metadata": {"organization": "hashi", "team": "nomad"}, "policies": ["eng-developers", "infra-developers"]}""");
        Assert.That(updated.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(updated["data"].GetRawText(), Is.EqualTo($$"""{"id":"{{id}}","aliases":null}"""));
        var after = (await Admin.Get($"{Entity}/id/{id}"))["data"];
        Assert.That(after.GetProperty("name").GetString(), Is.EqualTo("updatedEntityName"));
        Assert.That(after.GetProperty("creation_time").GetString(), Is.EqualTo(read.GetProperty("creation_time").GetString()));
        Assert.That(
            after.GetProperty("last_update_time").GetDateTime(), Is.GreaterThan(read.GetProperty("last_update_time").GetDateTime()));

        var deleted = await Admin.Delete($"{Entity}/id/{id}");
        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NoContent));
        var gone = await Admin.Get($"{Entity}/id/{id}");
        Assert.That(gone.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(gone.Body.GetRawText(), Is.EqualTo("""{"errors":[]}"""));
        Assert.That((await Admin.Delete($"{Entity}/id/{id}")).Status, Is.EqualTo(HttpStatusCode.NoContent), "deleting twice is the same");
    }

    [Test]
    public void The_bucket_key_hash_is_the_one_of_the_documentation() =>
        Assert.That(
            EntityBucket.KeyHashOf(new Guid("8d6a45e5-572f-8f13-d226-cd0d1ec57297")), Is.EqualTo("177553e4c58987f4cc5d7e530136c642"));

    [Test]
    public async Task A_name_creates_once_and_updates_from_then_on_in_any_case()
    {
        var created = await Admin.Post(Entity, new { name = "testEntityName" });
        var updated = await Admin.Post(Entity, new { name = "TESTENTITYNAME", policies = "b,a" });

        Assert.That(created["data"].GetProperty("name").GetString(), Is.EqualTo("testEntityName"));
        Assert.That(updated.Status, Is.EqualTo(HttpStatusCode.OK));
        var read = (await Admin.Get($"{Entity}/name/TestEntityname"))["data"];
        Assert.That(read.GetProperty("id").GetString(), Is.EqualTo(created["data"].GetProperty("id").GetString()));
        Assert.That(read.GetProperty("name").GetString(), Is.EqualTo("TESTENTITYNAME"), "the stored spelling follows the last writer");
        Assert.That(read.GetProperty("policies").GetRawText(), Is.EqualTo("""["a","b"]"""));
    }

    [Test]
    public async Task The_name_path_creates_with_200_updates_with_204_and_deletes()
    {
        var created = await Admin.Put($"{Entity}/name/by/name", new { disabled = true });
        var updated = await Admin.Put($"{Entity}/name/by/name", new { policies = new[] { "p" } });
        var read = await Admin.Get($"{Entity}/name/BY/NAME");

        Assert.That(created.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(updated.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(read["data"].GetProperty("name").GetString(), Is.EqualTo("by/name"));
        Assert.That(read["data"].GetProperty("disabled").GetBoolean(), Is.True, "an absent field keeps what is stored");
        Assert.That((await Admin.Delete($"{Entity}/name/By/Name")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Admin.Get($"{Entity}/name/by/name")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Metadata_is_null_until_it_is_set_empty_when_cleared_and_replaced_whole()
    {
        var id = await Create("""{"name": "meta"}""");
        Assert.That(await MetadataOf(id), Is.EqualTo("null"));

        await Admin.Post($"{Entity}/id/{id}", """{"metadata": {"a": "1", "b": true, "c": 1.50, "d": null}}""");
        Assert.That(
            JsonSerializer.Deserialize<Dictionary<string, string>>(await MetadataOf(id)),
            Is.EqualTo(new Dictionary<string, string> { ["a"] = "1", ["b"] = "1", ["c"] = "1.50", ["d"] = "" }));

        await Admin.Post($"{Entity}/id/{id}", """{"metadata": ["x=y=z"]}""");
        Assert.That(await MetadataOf(id), Is.EqualTo("""{"x": "y=z"}"""));

        await Admin.Post($"{Entity}/id/{id}", """{"policies": ["p"]}""");
        Assert.That(await MetadataOf(id), Is.EqualTo("""{"x": "y=z"}"""));

        await Admin.Post($"{Entity}/id/{id}", """{"metadata": {}}""");
        Assert.That(await MetadataOf(id), Is.EqualTo("{}"));

        await Admin.Post($"{Entity}/id/{id}", """{"metadata": null}""");
        Assert.That(await MetadataOf(id), Is.EqualTo("null"));
    }

    [Test]
    public async Task A_supplied_empty_list_clears_the_policies()
    {
        var id = await Create("""{"policies": ["b", "a", "B", " a ", ""]}""");
        Assert.That(
            (await Admin.Get($"{Entity}/id/{id}"))["data"].GetProperty("policies").GetRawText(),
            Is.EqualTo("""["a","b"]"""),
            "trimmed, folded, each once, sorted");

        await Admin.Post($"{Entity}/id/{id}", """{"policies": null}""");

        Assert.That((await Admin.Get($"{Entity}/id/{id}"))["data"].GetProperty("policies").GetRawText(), Is.EqualTo("[]"));
    }

    [Test]
    public async Task An_unknown_or_foreign_id_is_not_found_and_creates_nothing()
    {
        var foreign = (await Stranger.Post(Entity, new { name = "theirs" }))["data"].GetProperty("id").GetString();

        foreach (var id in new[] { foreign, Guid.NewGuid().ToString(), "not-a-uuid", "a.b", "_", foreign!.ToUpperInvariant() })
        {
            var byPath = await Admin.Post($"{Entity}/id/{id}", new { name = "mine now" });
            var byBody = await Admin.Post(Entity, new { id, name = "mine now" });
            var read = await Admin.Get($"{Entity}/id/{id}");
            var deleted = await Admin.Delete($"{Entity}/id/{id}");

            Assert.That(byPath.Status, Is.EqualTo(HttpStatusCode.BadRequest), id);
            Assert.That(ErrorsOf(byPath), Is.EqualTo(new[] { "entity not found from id" }));
            Assert.That(ErrorsOf(byBody), Is.EqualTo(new[] { "entity not found from id" }));
            Assert.That((read.Status, read.Body.GetRawText()), Is.EqualTo((HttpStatusCode.NotFound, """{"errors":[]}""")));
            Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.NoContent));
        }

        Assert.That((await Stranger.Get($"{Entity}/id/{foreign}"))["data"].GetProperty("name").GetString(), Is.EqualTo("theirs"));
        Assert.That((await Admin.Get($"{Entity}/name/mine%20now")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await Admin.Get($"{Entity}/name/theirs")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Two_organizations_may_use_one_name()
    {
        var ours = (await Admin.Post(Entity, new { name = "shared" }))["data"].GetProperty("id").GetString();
        var theirs = (await Stranger.Post(Entity, new { name = "shared" }))["data"].GetProperty("id").GetString();

        await Stranger.Delete($"{Entity}/name/shared");

        Assert.That(ours, Is.Not.EqualTo(theirs));
        Assert.That((await Admin.Get($"{Entity}/id/{ours}")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_name_of_another_entity_is_refused_and_the_case_of_its_own_may_change()
    {
        await Create("""{"name": "taken"}""");
        var id = await Create("""{"name": "free"}""");

        var conflict = await Admin.Post($"{Entity}/id/{id}", new { name = "TAKEN" });
        var ownCase = await Admin.Post($"{Entity}/id/{id}", new { name = "FREE" });

        Assert.That(conflict.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(conflict), Is.EqualTo(new[] { "entity name is already in use" }));
        Assert.That(ownCase.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Admin.Get($"{Entity}/id/{id}"))["data"].GetProperty("name").GetString(), Is.EqualTo("FREE"));
    }

    [Test]
    public async Task Reading_is_for_auditors_and_writing_for_admins()
    {
        var id = await Create("""{"name": "guarded"}""");

        Assert.That((await Auditor.Get($"{Entity}/id/{id}")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await Standard.Get($"{Entity}/id/{id}")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        foreach (var client in new[] { Auditor, Standard, Gateway.Anonymous })
        {
            foreach (var (method, path) in new[] { ("POST", ""), ("PUT", $"/id/{id}"), ("POST", "/name/guarded"),
                ("POST", "/batch-delete"), ("DELETE", $"/id/{id}"), ("DELETE", "/name/guarded") })
            {
                var reply = await client.Send(new HttpMethod(method), Entity + path, "{}");
                Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Forbidden), $"{method} {path}");
                Assert.That(ErrorsOf(reply), Is.EqualTo(new[] { "permission denied" }));
            }
        }
    }

    [Test]
    public async Task Each_change_leaves_one_audit_row_without_metadata_values()
    {
        var id = await Create("""{"name": "audited", "metadata": {"canary": "c4n4ry"}, "policies": ["p"]}""");
        await Admin.Post($"{Entity}/id/{id}", """{"disabled": true}""");
        await Admin.Delete($"{Entity}/id/{id}");
        await Admin.Delete($"{Entity}/id/{id}");

        var rows = (await Gateway.AuditOf("entity")).Where(row => row.ResourceId == id).ToList();

        Assert.That(rows.Select(row => row.Action), Is.EqualTo(new[] { "create", "update", "delete" }));
        Assert.That(rows[0].Fields, Is.EqualTo("""{"name": "audited", "policies": ["p"], "metadata_keys": ["canary"]}"""));
        Assert.That(rows[1].Fields, Is.EqualTo("""{"name": "audited", "disabled": true}"""));
        Assert.That(rows[2].Fields, Is.EqualTo("""{"existed": true}"""));
        Assert.That(Gateway.Logs.Lines, Has.None.Contains("c4n4ry"));
    }

    [Test]
    public async Task A_refused_write_leaves_no_audit_row_and_no_change()
    {
        var id = await Create("""{"name": "unchanged", "policies": ["p"]}""");
        var before = (await Gateway.AuditOf("entity")).Count;

        await Admin.Post($"{Entity}/id/{id}", """{"policies": ["q"], "metadata": {"bad key": "v"}}""");

        Assert.That((await Gateway.AuditOf("entity")).Count, Is.EqualTo(before));
        Assert.That(
            (await Admin.Get($"{Entity}/id/{id}"))["data"].GetProperty("policies").GetRawText(),
            Is.EqualTo("""["p"]"""),
            "CVE-2024-9180: nothing of a refused write shows");
    }

    private async Task<string> Create(string body) => (await Admin.Post(Entity, body))["data"].GetProperty("id").GetString()!;

    private async Task<string> MetadataOf(string id) => (await Admin.Get($"{Entity}/id/{id}"))["data"].GetProperty("metadata").GetRawText();
}
