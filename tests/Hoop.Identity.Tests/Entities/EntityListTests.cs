using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Entities;

public sealed class EntityListTests : IdentityFixture
{
    private const string Entity = "/v1/identity/entity";
    private static readonly HttpMethod List = new("LIST");

    private readonly List<string> _ids = [];

    [OneTimeSetUp]
    public async Task Fill()
    {
        foreach (var name in new[] { "zulu", "alpha", "mike", "kilo" })
        {
            _ids.Add((await Admin.Post(Entity, new { name }))["data"].GetProperty("id").GetString()!);
        }
    }

    [TestCase("LIST", "/id")]
    [TestCase("LIST", "/id/")]
    [TestCase("GET", "/id?list=true")]
    [TestCase("GET", "/id/?list=true")]
    [TestCase("GET", "/id?list=1")]
    [TestCase("GET", "/id?list=T")]
    public async Task Ids_come_in_order_with_their_facts(string method, string path)
    {
        var reply = await Auditor.Send(new HttpMethod(method), Entity + path);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(KeysOf(reply), Is.EqualTo(_ids.Order(StringComparer.Ordinal)));
        var info = reply["data"].GetProperty("key_info").GetProperty(_ids[0]);
        Assert.That(info.GetProperty("name").GetString(), Is.EqualTo("zulu"));
        Assert.That(info.GetProperty("disabled").GetBoolean(), Is.False);
        Assert.That(info.TryGetProperty("creation_time", out _) && info.TryGetProperty("last_update_time", out _), Is.True);
    }

    [Test]
    public async Task Names_come_in_the_order_of_the_ids_and_without_facts()
    {
        var reply = await Auditor.Send(List, $"{Entity}/name");

        Assert.That(KeysOf(reply), Is.EqualTo(new[] { "zulu", "alpha", "mike", "kilo" }));
        Assert.That(reply["data"].EnumerateObject().Select(member => member.Name), Is.EqualTo(new[] { "keys" }));
    }

    [Test]
    public async Task Pages_follow_each_other()
    {
        var first = KeysOf(await Admin.Send(List, $"{Entity}/id?limit=3"));
        var second = KeysOf(await Admin.Send(List, $"{Entity}/id?limit=3&after={first[^1]}"));

        Assert.That(first.Concat(second), Is.EqualTo(_ids.Order(StringComparer.Ordinal)));
        Assert.That(KeysOf(await Admin.Send(List, $"{Entity}/id?limit=-1")), Has.Length.EqualTo(4));
        Assert.That((await Admin.Send(List, $"{Entity}/id?limit=three")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Admin.Send(List, $"{Entity}/id?after=zulu")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task An_empty_list_is_404_without_words_and_another_organization_sees_no_more()
    {
        foreach (var path in new[] { "/id", "/name" })
        {
            var reply = await Stranger.Send(List, Entity + path);
            Assert.That((reply.Status, reply.Body.GetRawText()), Is.EqualTo((HttpStatusCode.NotFound, """{"errors":[]}""")));
        }
    }

    [Test]
    public async Task Many_are_deleted_at_once_and_the_rest_stay()
    {
        var (_, admin) = await Gateway.CreateOrganization("many");
        var orgId = (await admin.Get("/api/userinfo")).Text("org_id");
        await Gateway.Execute(
            "INSERT INTO identity.entities (id, org_id, name, name_key) SELECT gen_random_uuid(), @org::uuid, 'e' || i, 'e' || i FROM generate_series(1, 11000) i",
            new { org = orgId });
        var foreign = _ids[0];
        var ids = KeysOf(await admin.Send(List, $"{Entity}/id"));
        Assert.That(ids, Has.Length.EqualTo(11_000));

        var reply = await admin.Post($"{Entity}/batch-delete", new { entity_ids = ids.Take(10_000).Append("unknown").Append(foreign) });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(KeysOf(await admin.Send(List, $"{Entity}/id")), Is.EqualTo(ids.Skip(10_000)));
        Assert.That((await Admin.Get($"{Entity}/id/{foreign}")).Status, Is.EqualTo(HttpStatusCode.OK));
        var rows = (await Gateway.AuditOf("entity")).Where(row => row.OrgId.ToString() == orgId);
        var named = rows.SelectMany(
            row => JsonDocument.Parse(row.Fields).RootElement.GetProperty("ids").EnumerateArray()).Select(id => id.GetString());
        Assert.That(named, Is.EquivalentTo(ids.Take(10_000)), "each of them stands in a row");
    }

    [TestCase("{}")]
    [TestCase("null")]
    [TestCase("""{"entity_ids": []}""")]
    [TestCase("""{"entity_ids": ""}""")]
    [TestCase("""{"entity_ids": [" ", ""]}""")]
    public async Task A_batch_delete_of_nothing_is_refused(string body)
    {
        var reply = await Admin.Post($"{Entity}/batch-delete", body);

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(reply), Is.EqualTo(new[] { "missing entity ids to delete" }));
    }

    private static string[] KeysOf(Reply reply) => [.. reply["data"].GetProperty("keys").EnumerateArray().Select(key => key.GetString()!)];
}
