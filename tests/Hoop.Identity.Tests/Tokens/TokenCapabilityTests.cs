using System.Net;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Tokens;

/// <summary>sys/capabilities and sys/capabilities-accessor: what another token may do, and what its entity adds to that.</summary>
public sealed class TokenCapabilityTests : IdentityFixture
{
    private const string Reads = """["read"]""";
    private const string Denied = """["deny"]""";

    private readonly List<HttpClient> _holders = [];

    [OneTimeTearDown]
    public void StopHolders() => _holders.ForEach(holder => holder.Dispose());

    [Test]
    public async Task What_another_token_may_do_is_told_by_itself_and_by_its_accessor()
    {
        await Write("lister", """path "kv/*" { capabilities = ["list", "read"] }""");
        var (token, accessor) = await Make(new { policies = "lister", num_uses = 2 });

        foreach (var asked in new object[] { new { token, paths = "kv/a,sys/auth" }, new { accessor, paths = "kv/a,sys/auth" } })
        {
            var path = asked.ToString()!.Contains("accessor", StringComparison.Ordinal) ? "capabilities-accessor" : "capabilities";
            foreach (var client in new[] { Admin, Auditor })
            {
                var reply = await client.Post($"/v1/sys/{path}", asked);
                Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
                Assert.That(reply["data"].GetProperty("kv/a").GetRawText(), Is.EqualTo("""["list","read"]"""));
                Assert.That(reply["data"].GetProperty("sys/auth").GetRawText(), Is.EqualTo(Denied));
                Assert.That(reply["sys/auth"].GetRawText(), Is.EqualTo(Denied), "beside the envelope too");
            }
        }

        // Four questions about it cost none of its two uses.
        var self = await Hold(token).Get("/v1/auth/token/lookup-self");
        Assert.That(self["data"].GetProperty("num_uses").GetInt32(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_own_credential_may_be_the_token_that_is_asked_about()
    {
        var own = Admin.DefaultRequestHeaders.Authorization!.Parameter;

        var reply = await Admin.Post("/v1/sys/capabilities", new { token = own, path = "anything" });

        Assert.That(reply["data"].GetProperty("capabilities").GetRawText(), Is.EqualTo("""["root"]"""));
    }

    [Test]
    public async Task What_is_no_token_here_is_told_and_the_question_wants_a_role_or_a_policy()
    {
        var (token, accessor) = await Make(new { policies = "default" });
        await Admin.Post("/v1/auth/token/revoke-accessor", new { accessor });
        var (alive, _) = await Make(new { policies = "default" });

        Assert.That(await Refusal(Admin, "capabilities", new { token, paths = "a" }), Is.EqualTo((HttpStatusCode.BadRequest, "invalid token")));
        Assert.That(await Refusal(Admin, "capabilities", new { paths = "a" }), Is.EqualTo((HttpStatusCode.BadRequest, "invalid token")));
        Assert.That(
            await Refusal(Admin, "capabilities-accessor", new { accessor, paths = "a" }),
            Is.EqualTo((HttpStatusCode.BadRequest, "invalid accessor")));
        Assert.That(await Refusal(Admin, "capabilities", new { token = alive }), Is.EqualTo((HttpStatusCode.BadRequest, "paths must be")));
        Assert.That(
            await Refusal(Stranger, "capabilities", new { token = alive, paths = "a" }),
            Is.EqualTo((HttpStatusCode.BadRequest, "invalid token")), "another organization's token is none");
        foreach (var client in new[] { Standard, Hold(alive) })
        {
            Assert.That((await client.Post("/v1/sys/capabilities", new { token = alive, paths = "a" })).Status,
                Is.EqualTo(HttpStatusCode.Forbidden));
        }

        async Task<(HttpStatusCode, string)> Refusal(HttpClient client, string path, object body)
        {
            var reply = await client.Post($"/v1/sys/{path}", body);
            var text = ErrorsOf(reply).Single();
            return (reply.Status, new[] { "invalid token", "invalid accessor", "paths must be" }.FirstOrDefault(text.Contains) ?? text);
        }
    }

    [Test]
    public async Task A_token_of_a_disabled_entity_may_do_nothing()
    {
        await Write("reader", """path "kv/*" { capabilities = ["read"] }""");
        var (token, entity) = await MakeFor("disabled-one", "reader");
        Assert.That(await Of(token, "kv/a"), Is.EqualTo(Reads));

        await Admin.Post($"/v1/identity/entity/id/{entity}", new { disabled = true });

        Assert.That(await Of(token, "kv/a"), Is.EqualTo(Denied));
    }

    [Test]
    public async Task Templates_are_filled_with_aliases_and_groups()
    {
        var accessor = await Accessor();
        var (token, entity) = await MakeFor("Templated-1", "template");
        var alias = (await Admin.Post("/v1/identity/lookup/entity", new { id = entity }))["data"].GetProperty("aliases")[0]
            .GetProperty("id").GetString();
        await Admin.Post($"/v1/identity/entity-alias/id/{alias}", new { custom_metadata = new { team = "blue", wild = "*" } });
        var inner = await Group(new { name = "Crew", metadata = new { area = "north" }, member_entity_ids = entity });
        var outer = await Group(new { name = "Outer", member_group_ids = inner, metadata = new { area = "+" } });
        var other = await Group(new { name = "Other", metadata = new { area = "south" } });
        await Write("template", $$$"""
            path "name/{{identity.entity.aliases.{{{accessor}}}.name}}" { capabilities = ["read"] }
            path "id/{{identity.entity.aliases.{{{accessor}}}.id}}" { capabilities = ["read"] }
            path "team/{{identity.entity.aliases.{{{accessor}}}.custom_metadata.team}}" { capabilities = ["read"] }
            path "wild/{{identity.entity.aliases.{{{accessor}}}.custom_metadata.wild}}" { capabilities = ["read"] }
            path "told/{{identity.entity.aliases.{{{accessor}}}.metadata.team}}" { capabilities = ["read"] }
            path "none/{{identity.entity.aliases.auth_nothing_1.name}}" { capabilities = ["read"] }
            path "crew/{{identity.groups.names.crew.id}}" { capabilities = ["read"] }
            path "crew/{{identity.groups.names.crew.metadata.area}}/*" { capabilities = ["read"] }
            path "outer/{{identity.groups.ids.{{{outer}}}.name}}" { capabilities = ["read"] }
            path "outer-area/{{identity.groups.ids.{{{outer}}}.metadata.area}}" { capabilities = ["read"] }
            path "other/{{identity.groups.ids.{{{other}}}.name}}" { capabilities = ["read"] }
            path "other/{{identity.groups.names.Other.metadata.area}}" { capabilities = ["read"] }
            """);

        await Assert.MultipleAsync(async () =>
        {
            // Aliases are matched in any case, and told in their own.
            Assert.That(await Of(token, "name/Templated-1"), Is.EqualTo(Reads));
            Assert.That(await Of(token, $"id/{alias}"), Is.EqualTo(Reads));
            Assert.That(await Of(token, "team/blue"), Is.EqualTo(Reads));
            Assert.That(await Of(token, "wild/x"), Is.EqualTo(Denied), "a wildcard in a value grants nothing");
            Assert.That(await Of(token, "told/"), Is.EqualTo(Denied), "nothing was told at a sign-in");
            Assert.That(await Of(token, "none/"), Is.EqualTo(Denied));
            Assert.That(await Of(token, $"crew/{inner}"), Is.EqualTo(Reads));
            Assert.That(await Of(token, "crew/north/x"), Is.EqualTo(Reads));
            Assert.That(await Of(token, "outer/Outer"), Is.EqualTo(Reads), "membership through another group counts");
            Assert.That(await Of(token, "outer-area/x"), Is.EqualTo(Denied), "a plus in a value grants nothing");
            Assert.That(await Of(token, "other/Other"), Is.EqualTo(Denied), "it is no member");
            Assert.That(await Of(token, "other/south"), Is.EqualTo(Denied));
        });

        await Admin.Post($"/v1/identity/group/id/{inner}/members", new { remove_entity_ids = new[] { entity } });
        Assert.That(await Of(token, $"crew/{inner}"), Is.EqualTo(Denied), "from the next question on");
    }

    [TestCase("identity.entity.aliases.auth_x_1")]
    [TestCase("identity.entity.aliases..name")]
    [TestCase("identity.entity.aliases.auth_x_1.mount_path")]
    [TestCase("identity.entity.aliases.auth_x_1.metadata")]
    [TestCase("identity.entity.aliases.auth_x_1.custom_metadata.")]
    [TestCase("identity.groups.names")]
    [TestCase("identity.groups.ids.x.custom_metadata.k")]
    [TestCase("identity.groups.ids.x.metadata.")]
    [TestCase("identity.entity.groups.names")]
    [TestCase("time.now")]
    public async Task A_template_that_means_nothing_is_refused_with_its_place(string name)
    {
        var reply = await Admin.Put(
            "/v1/sys/policies/acl/bad", new { policy = "\n\npath \"a/{{" + name + "}}\" { capabilities = [\"read\"] }" });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(ErrorsOf(reply).Single(), Does.Contain("line 3").And.Contain($"unknown template \"{name}\""));
    }

    [Test]
    public async Task Merging_moves_tokens_to_the_entity_that_is_left()
    {
        await Write("old", """path "old/*" { capabilities = ["read"] }""");
        await Write("kept", """
            path "kept/{{identity.entity.name}}" { capabilities = ["read"] }
            path "crew/{{identity.groups.names.merged-crew.metadata.k}}" { capabilities = ["read"] }
            """);
        var (token, from) = await MakeFor("merged-away", "default");
        await Admin.Post($"/v1/identity/entity/id/{from}", new { name = "going", policies = "old" });
        var to = (await Admin.Post("/v1/identity/entity", new { name = "survivor", policies = "kept" }))["data"].GetProperty("id").GetString()!;
        await Group(new { name = "merged-crew", member_entity_ids = from, metadata = new { k = "v" }, policies = "kept" });
        Assert.That(await Of(token, "old/a"), Is.EqualTo(Reads));
        Assert.That(await Of(token, "kept/going"), Is.EqualTo(Reads), "by its group");

        await Admin.Post("/v1/identity/entity/merge", new { from_entity_ids = new[] { from }, to_entity_id = to });

        Assert.That(await Of(token, "old/a"), Is.EqualTo(Denied), "policies of the merged one are dropped");
        Assert.That(await Of(token, "kept/survivor"), Is.EqualTo(Reads));
        Assert.That(await Of(token, "crew/v"), Is.EqualTo(Reads), "memberships moved");
        var holder = Hold(token);
        Assert.That((await holder.Get("/v1/identity/entity/name/survivor")).Status, Is.EqualTo(HttpStatusCode.OK), "default lets it read its own");
        Assert.That((await Admin.Get($"/v1/identity/entity/id/{from}")).Status, Is.EqualTo(HttpStatusCode.NotFound));

        // A child that the token makes now is for the survivor, and its own fall with the survivor.
        await Write("maker", """path "auth/token/create" { capabilities = ["update"] }""");
        await Admin.Post($"/v1/identity/entity/id/{to}", new { policies = "kept,maker" });
        var child = (await holder.Post("/v1/auth/token/create", new { policies = "default" }))["auth"];
        Assert.That(child.GetProperty("entity_id").GetString(), Is.EqualTo(to));
        await Admin.Delete($"/v1/identity/entity/id/{to}");
        Assert.That((await holder.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private Task Write(string name, string policy) => Admin.Put($"/v1/sys/policies/acl/{name}", new { policy });

    private async Task<string> Accessor() => (await Admin.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString()!;

    private async Task<string> Group(object group) => (await Admin.Post("/v1/identity/group", group))["data"].GetProperty("id").GetString()!;

    private async Task<(string Token, string Accessor)> Make(object body)
    {
        var auth = (await Admin.Post("/v1/auth/token/create", body))["auth"];
        return (auth.GetProperty("client_token").GetString()!, auth.GetProperty("accessor").GetString()!);
    }

    /// <summary>A token for the entity of an alias, which is made.</summary>
    private async Task<(string Token, string EntityId)> MakeFor(string alias, string policy)
    {
        await Admin.Post("/v1/auth/token/roles/for-entities", new { allowed_entity_aliases = "*", allowed_policies_glob = "*" });
        var reply = await Admin.Post("/v1/auth/token/create/for-entities", new { entity_alias = alias, policies = policy });
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        var auth = reply["auth"];
        return (auth.GetProperty("client_token").GetString()!, auth.GetProperty("entity_id").GetString()!);
    }

    private async Task<string> Of(string token, string path)
    {
        var reply = await Admin.Post("/v1/sys/capabilities", new { token, paths = new[] { path } });
        return reply.Status == HttpStatusCode.OK ? reply["data"].GetProperty("capabilities").GetRawText() : reply.Body.ToString();
    }

    private HttpClient Hold(string token)
    {
        var holder = Gateway.As(token);
        _holders.Add(holder);
        return holder;
    }
}
