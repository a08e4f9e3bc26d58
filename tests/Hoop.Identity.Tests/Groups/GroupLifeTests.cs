using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Groups;

/// <summary>What groups give to those who are in them, what the trail tells of it, and what a group refuses.</summary>
public sealed class GroupLifeTests : IdentityFixture
{
    [Test]
    public async Task Policies_come_through_groups_of_groups_and_go_with_any_link()
    {
        var (client, entity) = await Known("deep");
        var inner = await Group(new { name = "inner", member_entity_ids = new[] { entity }, policies = "of-inner" });
        var middle = await Group(new { name = "middle", member_group_ids = new[] { inner } });
        var outer = await Group(new { name = "outer", member_group_ids = new[] { middle }, policies = "of-outer" });
        Assert.That(await PoliciesOf(client), Is.EqualTo(new[] { "of-inner", "of-outer" }));

        await Admin.Post($"/v1/identity/group/id/{outer}", new { policies = "of-outer,more" });
        Assert.That(await PoliciesOf(client), Is.EqualTo(new[] { "more", "of-inner", "of-outer" }));

        await Admin.Post($"/v1/identity/group/id/{outer}", new { member_group_ids = Array.Empty<string>() });
        Assert.That(await PoliciesOf(client), Is.EqualTo(new[] { "of-inner" }));

        await Admin.Delete($"/v1/identity/group/id/{inner}");
        Assert.That(await PoliciesOf(client), Is.Empty);
        Assert.That((await Admin.Get($"/v1/identity/group/id/{middle}"))["data"].GetProperty("member_group_ids").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_circle_is_refused_at_any_length_and_changes_nothing()
    {
        var first = await Group(new { name = "ring-1" });
        var second = await Group(new { name = "ring-2", member_group_ids = new[] { first } });
        var third = await Group(new { name = "ring-3", member_group_ids = new[] { second } });

        foreach (var member in new[] { second, third })
        {
            var refused = await Admin.Post($"/v1/identity/group/id/{first}", new { policies = "changed", member_group_ids = new[] { member } });
            Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.BadRequest));
            Assert.That(ErrorsOf(refused)[0], Does.Contain($"cyclic relationship detected for member group ID \"{member}\""));
        }

        var itself = await Admin.Post($"/v1/identity/group/id/{first}", new { member_group_ids = new[] { first } });
        Assert.That(ErrorsOf(itself)[0], Does.Contain("is same as the ID of the group"));
        var read = (await Admin.Get($"/v1/identity/group/id/{first}"))["data"];
        Assert.That(read.GetProperty("policies").ToString(), Does.Not.Contain("changed"), "all or nothing");
    }

    [Test]
    public async Task Two_that_put_each_other_in_at_once_make_no_circle()
    {
        for (var round = 0; round < 8; round++)
        {
            var (left, right) = (await Group(new { name = $"left-{round}" }), await Group(new { name = $"right-{round}" }));
            var replies = await Task.WhenAll(
                Admin.Post($"/v1/identity/group/id/{left}", new { member_group_ids = new[] { right } }),
                Admin.Post($"/v1/identity/group/id/{right}", new { member_group_ids = new[] { left } }));
            Assert.That(replies.Count(reply => reply.Status == HttpStatusCode.NoContent), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task Members_that_come_and_go_are_on_record_each()
    {
        var (_, one) = await Known("counted-1");
        var (_, two) = await Known("counted-2");
        var group = await Group(new { name = "counted", member_entity_ids = new[] { one } });
        await Admin.Post($"/v1/identity/group/id/{group}/members", new { add_entity_ids = new[] { two }, remove_entity_ids = new[] { one } });
        await Admin.Delete($"/v1/identity/entity/id/{two}");

        var rows = (await Gateway.AuditOf("group_member")).Where(row => row.ResourceId == group)
            .Select(row => (row.Action, Members: MembersOf(row.Fields))).ToArray();

        Assert.That(rows, Has.Length.EqualTo(4));
        Assert.That(rows.Select(row => (row.Action, row.Members.Single())), Is.EquivalentTo(new[]
        {
            ("create", one), ("create", two), ("delete", one), ("delete", two),
        }));
    }

    [Test]
    public async Task A_member_that_is_there_or_gone_already_changes_nothing()
    {
        var (_, one) = await Known("again");
        var group = await Group(new { name = "again", member_entity_ids = new[] { one } });
        var before = (await Admin.Get($"/v1/identity/group/id/{group}"))["data"].GetProperty("modify_index").GetInt32();
        var added = await Admin.Post($"/v1/identity/group/id/{group}/members", new { add_entity_ids = new[] { one } });
        var removed = await Admin.Post(
            $"/v1/identity/group/id/{group}/members", new { remove_entity_ids = new[] { Guid.NewGuid().ToString() } });

        Assert.That((added.Status, removed.Status), Is.EqualTo((HttpStatusCode.NoContent, HttpStatusCode.NoContent)));
        var after = (await Admin.Get($"/v1/identity/group/id/{group}"))["data"];
        Assert.That(after.GetProperty("member_entity_ids").EnumerateArray().Select(id => id.GetString()), Is.EqualTo(new[] { one }));
        Assert.That(after.GetProperty("modify_index").GetInt32(), Is.GreaterThanOrEqualTo(before));
    }

    [Test]
    public async Task An_entity_or_group_of_another_organization_is_no_member()
    {
        var theirs = (await Stranger.Post("/v1/identity/entity", new { name = "theirs" }))["data"].GetProperty("id").GetString();
        var theirGroup = (await Stranger.Post("/v1/identity/group", new { name = "theirs" }))["data"].GetProperty("id").GetString();
        var group = await Group(new { name = "ours" });

        var entity = await Admin.Post($"/v1/identity/group/id/{group}", new { member_entity_ids = new[] { theirs } });
        var inner = await Admin.Post($"/v1/identity/group/id/{group}", new { member_group_ids = new[] { theirGroup } });
        var added = await Admin.Post($"/v1/identity/group/id/{group}/members", new { add_entity_ids = new[] { theirs } });

        Assert.Multiple(() =>
        {
            Assert.That(ErrorsOf(entity)[0], Does.Contain($"invalid entity ID \"{theirs}\""));
            Assert.That(ErrorsOf(inner)[0], Does.Contain($"invalid member group ID \"{theirGroup}\""));
            Assert.That(added.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        });
    }

    [TestCase("type", "external", "group type cannot be changed")]
    [TestCase("type", "", "group type cannot be changed")]
    [TestCase("policies", "root", "policies cannot contain root")]
    [TestCase("policies", " ROOT ", "policies cannot contain root")]
    [TestCase("name", " padded", "name: remove the blanks around it")]
    public async Task A_change_that_breaks_a_rule_is_told_and_undone(string field, string value, string error)
    {
        var name = $"ruled-{Guid.NewGuid():N}";
        var group = await Group(new { name, policies = "kept" });
        var reply = await Admin.Post($"/v1/identity/group/id/{group}", new Dictionary<string, string> { [field] = value });
        Assert.That((reply.Status, ErrorsOf(reply)[0]), Is.EqualTo((HttpStatusCode.BadRequest, error)));
        var read = (await Admin.Get($"/v1/identity/group/id/{group}"))["data"];
        Assert.That((read.GetProperty("name").GetString(), read.GetProperty("policies").ToString()), Is.EqualTo((name, """["kept"]""")));
    }

    [Test]
    public async Task An_external_group_has_no_members_by_hand()
    {
        var (_, entity) = await Known("by-hand");
        var group = await Group(new { name = "external", type = "external" });
        var entities = await Admin.Post($"/v1/identity/group/id/{group}", new { member_entity_ids = new[] { entity } });
        var groups = await Admin.Post($"/v1/identity/group/id/{group}", new { member_group_ids = Array.Empty<string>() });
        Assert.That(ErrorsOf(entities)[0], Is.EqualTo("member entities can't be set manually for external groups"));
        Assert.That(ErrorsOf(groups)[0], Is.EqualTo("member groups can't be set for external groups"));
    }

    [Test]
    public async Task A_disabled_entity_keeps_its_groups_and_is_refused_all_the_same()
    {
        var (client, entity) = await Known("shut");
        await Group(new { name = "shut-group", member_entity_ids = new[] { entity }, policies = "p" });
        await Admin.Post($"/v1/identity/entity/id/{entity}", new { disabled = true });
        Assert.That((await client.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        await Admin.Post($"/v1/identity/entity/id/{entity}", new { disabled = false });
        Assert.That(await PoliciesOf(client), Is.EqualTo(new[] { "p" }));
    }

    // An API token with an entity behind it.
    private async Task<(HttpClient Client, string Entity)> Known(string name)
    {
        var token = await Admin.Post("/api/api-tokens", new { name });
        var entity = (await Admin.Post("/v1/identity/entity", new { name }))["data"].GetProperty("id").GetString()!;
        var mounts = (await Admin.Get("/v1/sys/auth"))["data"];
        var alias = await Admin.Post("/v1/identity/entity-alias", new
        {
            name = token.Text("id"),
            canonical_id = entity,
            mount_accessor = mounts.GetProperty("token/").GetProperty("accessor").GetString(),
        });
        Assert.That(alias.Status, Is.EqualTo(HttpStatusCode.OK), alias.Body.ToString());
        return (Gateway.As(token.Text("token")!), entity);
    }

    private async Task<string> Group(object body)
    {
        var reply = await Admin.Post("/v1/identity/group", body);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        return reply["data"].GetProperty("id").GetString()!;
    }

    private static async Task<string?[]> PoliciesOf(HttpClient client) =>
        [.. (await client.Get("/api/userinfo"))["policies"].EnumerateArray().Select(policy => policy.GetString())];

    private static string?[] MembersOf(string fields) =>
        [.. JsonElement.Parse(fields).GetProperty("members").EnumerateArray().Select(member => member.GetString())];
}
