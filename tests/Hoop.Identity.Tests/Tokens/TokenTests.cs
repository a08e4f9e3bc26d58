using System.Net;
using System.Text.Json;
using Hoop.Identity.Tokens;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Tokens;

/// <summary>Tokens of Vault's kind: making, asking, renewing and revoking them, and what their policies let them do.</summary>
public sealed class TokenTests : IdentityFixture
{
    private const string Create = "/v1/auth/token/create";

    private readonly List<HttpClient> _holders = [];

    [OneTimeTearDown]
    public void StopHolders() => _holders.ForEach(holder => holder.Dispose());

    [Test]
    public async Task A_token_is_shown_once_stored_as_a_hash_and_signs_in_by_both_headers()
    {
        var reply = await Admin.Post(
            Create, new { policies = new[] { "default" }, ttl = "1h", display_name = "build 1", meta = new { a = "b" } });
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(reply["data"].ValueKind, Is.EqualTo(JsonValueKind.Null));
        var token = reply["auth"].GetProperty("client_token").GetString()!;
        Assert.That(token, Does.Match("^hvs\\.[A-Za-z0-9_-]{43}$"));
        Assert.That(reply["auth"].GetProperty("lease_duration").GetInt32(), Is.EqualTo(3600));

        using var other = new HttpClient { BaseAddress = Gateway.Address };
        other.DefaultRequestHeaders.Add("X-Vault-Token", token);
        foreach (var client in new[] { Hold(token), other })
        {
            var self = (await client.Get("/v1/auth/token/lookup-self"))["data"];
            Assert.Multiple(() =>
            {
                Assert.That(self.GetProperty("id").GetString(), Is.EqualTo(token));
                Assert.That(self.GetProperty("display_name").GetString(), Is.EqualTo("token-build-1"));
                Assert.That(self.GetProperty("policies").ToString(), Is.EqualTo("""["default"]"""));
                Assert.That(self.GetProperty("path").GetString(), Is.EqualTo("auth/token/create"));
                Assert.That(self.GetProperty("ttl").GetInt32(), Is.InRange(3590, 3600));
                Assert.That(self.GetProperty("meta").GetProperty("a").GetString(), Is.EqualTo("b"));
                Assert.That(self.GetProperty("orphan").GetBoolean(), Is.False);
            });
        }

        Assert.That(
            await Gateway.Query<long>("SELECT count(*) FROM identity.tokens AS t WHERE t::text LIKE @Found", new { Found = $"%{token}%" }),
            Is.EqualTo(new long[] { 0 }));
        Assert.That((await Gateway.AuditOf("vault_token")).Count, Is.Positive);
    }

    [Test(Description = "Policies are asked about the path, so a role of the body would be one that nobody asked about")]
    public async Task A_role_counts_by_its_path_alone()
    {
        await Admin.Put("/v1/sys/policies/acl/maker", new { policy = """path "auth/token/create" { capabilities = ["update"] }""" });
        await Admin.Post("/v1/auth/token/roles/strong", new { allowed_policies = "strong" });
        var maker = await Make(Admin, new { policies = "maker" });

        var made = await maker.Post(Create, new { role_name = "strong", policies = "strong" });
        var byPath = await maker.Post(Create + "/strong", new { });

        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.BadRequest), "strong is none of the maker's policies");
        Assert.That(byPath.Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Another_spelling_of_a_thing_needs_the_same_grant()
    {
        await Admin.Put("/v1/sys/policies/acl/some", new
        {
            policy = """
                path "sys/policies/acl/*" { capabilities = ["read", "update"] }
                path "sys/policies/acl/kept" { capabilities = ["read"] }
                path "identity/entity/id" { capabilities = ["read"] }
                """,
        });
        await Admin.Put("/v1/sys/policies/acl/kept", new { policy = """path "a" { capabilities = ["read"] }""" });
        var holder = await Make(Admin, new { policies = "some" });
        var other = new { policy = """path "b" { capabilities = ["read"] }""" };

        Assert.Multiple(async () =>
        {
            Assert.That((await holder.Put("/v1/sys/policies/acl/free", other)).Status, Is.EqualTo(HttpStatusCode.NoContent));
            foreach (var name in new[] { "kept", "KEPT", "%20kept", "kept%20" })
            {
                Assert.That((await holder.Put($"/v1/sys/policies/acl/{name}", other)).Status, Is.EqualTo(HttpStatusCode.Forbidden), name);
            }

            Assert.That((await holder.Get("/v1/identity/entity/id?list=true&list=true")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        });
    }

    [Test(Description = "A request may hold its body back until after its credential was revoked")]
    public async Task A_credential_that_was_revoked_while_its_request_was_under_way_makes_no_token()
    {
        var created = await Admin.Post("/api/api-tokens", new { name = "leaving", groups = new[] { "admin" } });
        using var connection = new System.Net.Sockets.TcpClient();
        await connection.ConnectAsync(Gateway.Address.Host, Gateway.Address.Port);
        await using var stream = connection.GetStream();
        const string Body = """{"policies":["root"]}""";
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(
            $"POST {Create} HTTP/1.1\r\nHost: {Gateway.Address.Authority}\r\nAuthorization: Bearer {created.Text("token")}\r\n"
            + $"Content-Type: application/json\r\nContent-Length: {Body.Length}\r\nConnection: close\r\nExpect: 100-continue\r\n\r\n"));

        // 100 Continue comes when the body is asked for: by then the credential was accepted.
        var buffer = new byte[256];
        var read = await stream.ReadAsync(buffer);
        Assert.That(System.Text.Encoding.ASCII.GetString(buffer, 0, read), Does.StartWith("HTTP/1.1 100"));
        Assert.That((await Admin.Delete($"/api/api-tokens/{created.Text("id")}")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(Body));
        using var reader = new StreamReader(stream);

        Assert.That(await reader.ReadLineAsync(), Is.EqualTo("HTTP/1.1 403 Forbidden"));
    }

    [Test]
    public async Task A_token_is_no_credential_of_the_api()
    {
        var root = await Make(Admin, new { policies = "root" });
        Assert.That((await root.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await root.Get("/v1/sys/policies/acl/default")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Policies_decide_about_each_path_and_a_change_holds_for_the_next_request()
    {
        await Admin.Put("/v1/sys/policies/acl/reader", new { policy = """path "sys/policies/acl/*" { capabilities = ["read"] }""" });
        var holder = await Make(Admin, new { policies = "reader" });
        Assert.That((await holder.Get("/v1/sys/policies/acl/reader")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await holder.Delete("/v1/sys/policies/acl/reader")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await holder.Send(new HttpMethod("LIST"), "/v1/sys/policies/acl")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await holder.Get("/V1/SYS/Policies/ACL/reader")).Status, Is.EqualTo(HttpStatusCode.OK), "routing takes any case");

        await Admin.Put("/v1/sys/policies/acl/reader", new { policy = """path "sys/policies/acl/*" { capabilities = ["deny"] }""" });
        Assert.That((await holder.Get("/v1/sys/policies/acl/reader")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase("/v1/sys/policies/acl/secret-one")]
    [TestCase("/V1/SYS/POLICIES/ACL/secret-one")]
    [TestCase("/v1/sys/policies/acl/SECRET-one")]
    [TestCase("/v1/sys/policies/acl/%53ecret-one")]
    public async Task A_deny_is_not_passed_by_another_spelling(string path)
    {
        await Admin.Put(
            "/v1/sys/policies/acl/but-one",
            new { policy = "path \"*\" { capabilities = [\"read\"] }\npath \"sys/policies/acl/secret-one\" { capabilities = [\"deny\"] }" });
        var holder = await Make(Admin, new { policies = "but-one" });
        Assert.That((await holder.Get("/v1/sys/policies/acl/default")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await holder.Get(path)).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Fields_are_held_to_what_the_policy_says()
    {
        await Admin.Put(
            "/v1/sys/policies/acl/fields",
            new { policy = """path "identity/entity" { capabilities = ["update"] allowed_parameters = { "name" = ["team-*"] } }""" });
        var holder = await Make(Admin, new { policies = "fields" });
        Assert.That((await holder.Post("/v1/identity/entity", new { name = "team-1" })).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await holder.Post("/v1/identity/entity", new { name = "other" })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(
            (await holder.Post("/v1/identity/entity", new { name = "team-2", disabled = true })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    [Description("I13: children that fall with their parent are on record")]
    public async Task Revoking_a_parent_revokes_its_children_at_once_and_each_is_on_record()
    {
        var parent = await Make(Admin, new { policies = "root" });
        var child = await Make(parent, new { policies = "root", ttl = "1h" });
        var grandchild = await Make(child, new { policies = "default" });
        var orphan = await Make(parent, new { policies = "root", no_parent = true });
        var id = await IdOf(grandchild);

        Assert.That((await parent.Post("/v1/auth/token/revoke-self", new { })).Status, Is.EqualTo(HttpStatusCode.NoContent));

        foreach (var gone in new[] { parent, child, grandchild })
        {
            Assert.That((await gone.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        }

        Assert.That((await orphan.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            await Gateway.Query<long>(
                "SELECT count(*) FROM identity.audit_events WHERE resource_type = 'vault_token' AND fields->>'reason' = 'parent_revoked' AND fields->'ids' ? @Id",
                new { Id = id.ToString() }),
            Is.EqualTo(new long[] { 1 }));
    }

    [Test]
    public async Task Revoke_orphan_leaves_the_children()
    {
        var parent = await Make(Admin, new { policies = "root" });
        var child = await Make(parent, new { policies = "default" });
        Assert.That((await Admin.Post("/v1/auth/token/revoke-orphan", new { token = TokenOf(parent) })).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await parent.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await child.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task The_tokens_of_an_api_token_go_with_it()
    {
        var created = await Admin.Post("/api/api-tokens", new { name = $"maker-{Guid.NewGuid():N}", groups = new[] { "admin" } });
        var maker = Hold(created.Text("token")!);
        var made = await Make(maker, new { policies = "root" });
        var child = await Make(made, new { policies = "default" });
        Assert.That((await child.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.OK));

        await Admin.Delete($"/api/api-tokens/{created.Text("id")}");

        Assert.That((await made.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await child.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_child_is_refused_when_its_parent_has_expired()
    {
        var parent = await Make(Admin, new { policies = "root", ttl = "1h" });
        var reply = await parent.Post(Create, new { policies = "default", ttl = "2h" });
        Assert.That(reply["warnings"][0].GetString(), Does.StartWith("the token ends with its parent at "), "I12");
        var child = Hold(reply["auth"].GetProperty("client_token").GetString()!);
        await Gateway.Execute($"UPDATE identity.tokens SET expires_at = now() WHERE id = '{await IdOf(parent)}'");
        Assert.That((await child.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));

        await Gateway.Services.GetRequiredService<TokenSweep>().RemoveEnded(CancellationToken.None);
        Assert.That(
            await Gateway.Query<long>("SELECT count(*) FROM identity.tokens WHERE expires_at <= now() OR uses_left = 0"),
            Is.EqualTo(new long[] { 0 }));
    }

    [Test]
    [Description("I6: uses are counted exactly, a lookup is one, and the answer tells the number")]
    public async Task Of_64_parallel_requests_with_10_uses_10_pass_on_two_gateways_together()
    {
        await using var second = await TestGateway.Start(connection: Gateway.Connection);
        var reply = await Admin.Post(Create, new { policies = "default", num_uses = 10 });
        Assert.That(reply["auth"].GetProperty("num_uses").GetInt32(), Is.EqualTo(10));
        var token = reply["auth"].GetProperty("client_token").GetString()!;
        HttpClient[] clients = [Hold(token), second.As(token)];
        _holders.Add(clients[1]);
        var statuses = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(async i => (await clients[i % 2].Get("/v1/auth/token/lookup-self")).Status));
        Assert.That(statuses.Count(status => status == HttpStatusCode.OK), Is.EqualTo(10));
        Assert.That(statuses.Count(status => status == HttpStatusCode.Forbidden), Is.EqualTo(54));
    }

    [Test]
    [Description("I4: a renewal that a limit cuts says so, with both values and what really remains")]
    public async Task A_renewal_is_capped_by_the_explicit_limit_and_says_so()
    {
        var holder = await Make(Admin, new { policies = "default", ttl = "30m", explicit_max_ttl = "1h" });
        var renewed = await holder.Post("/v1/auth/token/renew-self", new { increment = "24h" });
        Assert.That(renewed["auth"].GetProperty("lease_duration").GetInt32(), Is.InRange(3590, 3600));
        Assert.That(renewed["warnings"][0].GetString(), Does.StartWith("TTL of \"24h\" exceeded the effective max_ttl of \""));
        var plain = await holder.Post("/v1/auth/token/renew-self", new { });
        Assert.That(plain["auth"].GetProperty("lease_duration").GetInt32(), Is.InRange(1795, 1800));
        Assert.That(plain["warnings"].ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    [Description("I5: one end a token, whichever path renews it")]
    public async Task Ten_renewals_over_three_paths_leave_one_end()
    {
        var reply = await Admin.Post(Create, new { policies = "default", ttl = "1h", period = "2h" });
        var (token, accessor) = (reply["auth"].GetProperty("client_token").GetString()!, reply["auth"].GetProperty("accessor").GetString()!);
        var holder = Hold(token);
        for (var round = 0; round < 10; round++)
        {
            // An hour passes: everything in the row is an hour older.
            await Gateway.Execute(
                $"UPDATE identity.tokens SET created_at = created_at - interval '1 hour', expires_at = expires_at - interval '1 hour' WHERE accessor = '{accessor}'");
            var renewed = (round % 3) switch
            {
                0 => await holder.Post("/v1/auth/token/renew-self", new { }),
                1 => await Admin.Post("/v1/auth/token/renew", new { token }),
                _ => await Admin.Post("/v1/auth/token/renew-accessor", new { accessor }),
            };
            Assert.That(renewed["auth"].GetProperty("lease_duration").GetInt32(), Is.InRange(7190, 7200), $"round {round}");
        }

        Assert.That((await holder.Get("/v1/auth/token/lookup-self"))["data"].GetProperty("ttl").GetInt32(), Is.InRange(7150, 7200));
    }

    [TestCase("""{ "policies": ["root"] }""", "root tokens may not be created without parent token being root")]
    [TestCase("""{ "policies": ["other"] }""", "child policies must be subset of parent")]
    [TestCase("""{ "no_parent": true }""", "root or sudo privileges required to create orphan token")]
    [TestCase("""{ "period": "1h" }""", "root or sudo privileges required to create periodic token")]
    [TestCase("""{ "entity_alias": "x" }""", "'entity_alias' is only allowed in combination with token role")]
    [TestCase("""{ "ttl": "-5" }""", "Field validation failed: error converting input for field \"ttl\": cannot provide negative value '-5'")]
    [TestCase("""{ "type": "batch" }""", "type: only service tokens are made here")]
    [TestCase("""{ "id": "chosen" }""", "id: tokens are generated by the gateway, and none can be chosen")]
    public async Task A_token_gives_no_more_than_it_has(string body, string error)
    {
        await Admin.Put("/v1/sys/policies/acl/maker", new { policy = """path "auth/token/create" { capabilities = ["update"] }""" });
        var maker = await Make(Admin, new { policies = "maker" });
        var reply = await maker.Post(Create, JsonSerializer.Deserialize<JsonElement>(body));
        var isRoot = error.StartsWith("root tokens", StringComparison.Ordinal);
        Assert.That(ErrorsOf(reply)[0], Is.EqualTo(isRoot ? "child policies must be subset of parent" : error));
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task Sudo_does_not_make_root()
    {
        await Admin.Put("/v1/sys/policies/acl/sudoer", new { policy = """path "auth/token/*" { capabilities = ["update", "sudo"] }""" });
        var sudoer = await Make(Admin, new { policies = "sudoer" });
        Assert.That(
            (await sudoer.Post(Create, new { policies = "other", period = "1h", no_parent = true })).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(ErrorsOf(await sudoer.Post(Create, new { policies = "Root" })), Is.EqualTo(
            new[] { "root tokens may not be created without parent token being root" }));
    }

    [Test]
    public async Task A_token_of_limited_uses_has_no_children()
    {
        var limited = await Make(Admin, new { policies = "root", num_uses = 5 });
        Assert.That(ErrorsOf(await limited.Post(Create, new { })), Is.EqualTo(new[] { "restricted use token cannot generate child tokens" }));
    }

    [Test]
    [Description("I10, I11: a role's aliases in any case, and the entity that is made for one is told")]
    public async Task A_role_makes_tokens_of_the_entities_of_its_aliases()
    {
        await Admin.Post("/v1/auth/token/roles/ci", new { allowed_entity_aliases = "Web-*, db", allowed_policies = "default", period = "1h" });
        var first = await Admin.Post($"{Create}/ci", new { entity_alias = "WEB-1" });
        Assert.That(first["warnings"].EnumerateArray().Select(one => one.GetString()), Has.Some.Contains("was not known: the entity "));
        var second = await Admin.Post($"{Create}/ci", new { entity_alias = "web-1" });
        var entity = first["auth"].GetProperty("entity_id").GetString()!;
        Assert.That(second["auth"].GetProperty("entity_id").GetString(), Is.EqualTo(entity));
        Assert.That(ErrorsOf(await Admin.Post($"{Create}/ci", new { entity_alias = "other" })), Is.EqualTo(new[] { "invalid 'entity_alias' value" }));
        Assert.That((await Admin.Post($"{Create}/ci", new { }))["auth"].GetProperty("entity_id").GetString(), Is.Empty, "none is asked for");

        await Admin.Put("/v1/sys/policies/acl/of-entity", new { policy = """path "sys/policies/acl" { capabilities = ["list"] }""" });
        await Admin.Post($"/v1/identity/entity/id/{entity}", new { policies = "of-entity" });
        var holder = Hold(second["auth"].GetProperty("client_token").GetString()!);
        Assert.That((await holder.Send(new HttpMethod("LIST"), "/v1/sys/policies/acl")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await holder.Get("/v1/auth/token/lookup-self"))["data"].GetProperty("identity_policies").ToString(), Is.EqualTo("""["of-entity"]"""));
        Assert.That((await holder.Get($"/v1/identity/entity/id/{entity}")).Status, Is.EqualTo(HttpStatusCode.OK), "default's template");

        await Admin.Post($"/v1/identity/entity/id/{entity}", new { disabled = true });
        Assert.That((await holder.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        await Admin.Delete($"/v1/identity/entity/id/{entity}");
        Assert.That((await holder.Get("/v1/auth/token/lookup-self")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Roles_are_written_in_part_read_listed_and_deleted()
    {
        await Admin.Post("/v1/auth/token/roles/part", new { allowed_policies = "a,b", orphan = true, token_period = 3600 });
        await Admin.Post("/v1/auth/token/roles/part", new { allowed_policies = Array.Empty<string>() });
        var role = (await Admin.Get("/v1/auth/token/roles/part"))["data"];
        Assert.Multiple(() =>
        {
            Assert.That(role.GetProperty("allowed_policies").GetArrayLength(), Is.Zero);
            Assert.That(role.GetProperty("orphan").GetBoolean());
            Assert.That(role.GetProperty("token_period").GetInt32(), Is.EqualTo(3600));
        });
        Assert.That((await Admin.Send(new HttpMethod("LIST"), "/v1/auth/token/roles"))["data"].GetProperty("keys").ToString(), Does.Contain("part"));
        Assert.That((await Admin.Delete("/v1/auth/token/roles/part")).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await Admin.Get("/v1/auth/token/roles/part")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(ErrorsOf(await Admin.Post($"{Create}/part", new { })), Is.EqualTo(new[] { "unknown role part" }));
    }

    [Test]
    public async Task An_accessor_names_a_token_without_giving_it_away()
    {
        var reply = await Admin.Post(Create, new { policies = "default" });
        var (token, accessor) = (reply["auth"].GetProperty("client_token").GetString()!, reply["auth"].GetProperty("accessor").GetString()!);
        var seen = (await Admin.Post("/v1/auth/token/lookup-accessor", new { accessor }))["data"];
        Assert.That(seen.GetProperty("id").GetString(), Is.Empty);
        Assert.That(seen.ToString(), Does.Not.Contain(token));
        Assert.That((await Admin.Send(new HttpMethod("LIST"), "/v1/auth/token/accessors"))["data"].GetProperty("keys").ToString(), Does.Contain(accessor));
        Assert.That((await Stranger.Post("/v1/auth/token/lookup-accessor", new { accessor })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Stranger.Post("/v1/auth/token/revoke-accessor", new { accessor })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Stranger.Post("/v1/auth/token/lookup", new { token })).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await Stranger.Post("/v1/auth/token/revoke", new { token })).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await Admin.Post("/v1/auth/token/revoke-accessor", new { accessor })).Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(ErrorsOf(await Admin.Post("/v1/auth/token/lookup", new { token })), Is.EqualTo(new[] { "bad token" }));
    }

    [Test]
    public async Task Other_credentials_may_look_at_themselves()
    {
        var self = (await Admin.Get("/v1/auth/token/lookup-self"))["data"];
        Assert.That(self.GetProperty("policies").ToString(), Is.EqualTo("""["root"]"""));
        Assert.That((await Standard.Get("/v1/auth/token/lookup-self"))["data"].GetProperty("policies").GetArrayLength(), Is.Zero);
        Assert.That(ErrorsOf(await Admin.Post("/v1/auth/token/renew-self", new { })), Is.EqualTo(new[] { "lease is not renewable" }));
        Assert.That((await Admin.Post("/v1/auth/token/revoke-self", new { })).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    private async Task<HttpClient> Make(HttpClient maker, object body)
    {
        var reply = await maker.Post(Create, body);
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Body.ToString());
        return Hold(reply["auth"].GetProperty("client_token").GetString()!);
    }

    private HttpClient Hold(string token)
    {
        var client = Gateway.As(token);
        _holders.Add(client);
        return client;
    }

    private static string TokenOf(HttpClient client) => client.DefaultRequestHeaders.Authorization!.Parameter!;

    private async Task<Guid> IdOf(HttpClient client) => (await Gateway.Query<Guid>(
        "SELECT id FROM identity.tokens WHERE token_hash = sha256(convert_to(@Token, 'UTF8'))", new { Token = TokenOf(client) }))[0];
}
