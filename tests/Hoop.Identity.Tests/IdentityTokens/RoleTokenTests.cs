using System.Net;
using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Identity.Tests.IdentityTokens;

/// <summary>Tokens that people and machines get by a role.</summary>
public sealed class RoleTokenTests
{
    private TestGateway _gateway = null!;
    private TokenWorld _world = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _world = await TokenWorld.Start(_gateway, "acme");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _world.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [TestCase("RS256")]
    [TestCase("RS384")]
    [TestCase("RS512")]
    [TestCase("ES256")]
    [TestCase("ES384")]
    [TestCase("ES512")]
    public async Task A_relying_party_accepts_tokens_of_each_algorithm(string algorithm)
    {
        var name = algorithm.ToLowerInvariant();
        await _world.KeyAndRole(name, new { algorithm });
        var issuer = (await _world.Admin.Get("/v1/identity/oidc/config"))["data"].GetProperty("effective_issuer").GetString()!;

        var token = await _world.Token(name);

        Assert.Multiple(async () =>
        {
            Assert.That(
                TokenWorld.HeaderOf(token).EnumerateObject().Select(member => $"{member.Name}"), Is.EquivalentTo(["alg", "kid"]));
            Assert.That(TokenWorld.HeaderOf(token).GetProperty("alg").GetString(), Is.EqualTo(algorithm));
            Assert.That(await OutsideVerifier.Verify(_gateway, issuer, token, "relying"), Is.Null);
            Assert.That(await OutsideVerifier.Verify(_gateway, issuer, token, "other"), Is.Not.Null);
            Assert.That(await OutsideVerifier.Verify(_gateway, issuer, token[..^4] + "AAAA", "relying"), Is.Not.Null);
            Assert.That(await _world.Introspect(token), Is.EqualTo((true, (string?)null)));
            Assert.That(await _world.Introspect(token, "relying"), Is.EqualTo((true, (string?)null)));
            Assert.That(await _world.Introspect(token, "other"), Is.EqualTo((false, "error validating claims: wrong audience")));
        });
    }

    [Test]
    public async Task The_token_tells_the_entity_and_the_trail_tells_the_token_without_showing_it()
    {
        await _world.KeyAndRole("plain");
        var reply = await _world.Person.Get("/v1/identity/oidc/token/plain");
        var (token, claims) = (reply["data"].GetProperty("token").GetString()!, default(JsonElement));
        claims = OutsideVerifier.ClaimsOf(token);

        Assert.Multiple(() =>
        {
            Assert.That(reply["data"].GetProperty("client_id").GetString(), Is.EqualTo("relying"));
            Assert.That(reply["data"].GetProperty("ttl").GetInt32(), Is.EqualTo(600));
            Assert.That(reply["warnings"].ValueKind, Is.EqualTo(JsonValueKind.Null));
            Assert.That(
                claims.EnumerateObject().Select(claim => claim.Name),
                Is.EquivalentTo(["iss", "sub", "aud", "iat", "exp", "jti", "namespace"]));
            Assert.That(claims.GetProperty("sub").GetGuid(), Is.EqualTo(_world.EntityId));
            Assert.That(claims.GetProperty("namespace").GetString(), Is.EqualTo("root"));
            Assert.That(claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64(), Is.EqualTo(600));
        });
        var row = (await _gateway.AuditOf("identity_token")).Last(row => row.ResourceId == claims.GetProperty("jti").GetString());
        Assert.Multiple(() =>
        {
            Assert.That((row.OrgId, row.Action, row.Outcome), Is.EqualTo((_world.OrgId, "use", "success")));
            Assert.That(row.Fields, Does.Contain("\"audience\": \"relying\"").And.Contain(_world.EntityId.ToString()));
        });
        foreach (var secret in token.Split('.')[1..])
        {
            Assert.That(
                await _gateway.Query<long>(
                    "SELECT count(*) FROM identity.audit_events AS row WHERE row::text LIKE @Part", new { Part = $"%{secret}%" }),
                Is.EqualTo([0L]));
            Assert.That(_gateway.Logs.Lines.Where(line => line.Contains(secret, StringComparison.Ordinal)), Is.Empty);
        }
    }

    [Test]
    public async Task Every_directive_of_a_template_has_its_value()
    {
        var accessor = await TokenWorld.AccessorOf(_world.Admin, "token");
        var group = (await TokenWorld.Good(_world.Admin.Post(
            "/v1/identity/group",
            new { name = "Staff", metadata = new { floor = "3" }, member_entity_ids = new[] { _world.EntityId } })))["data"]
            .GetProperty("id").GetString();
        await TokenWorld.Good(_world.Admin.Post(
            "/v1/identity/group",
            new { name = "House", member_group_ids = new[] { group } }));
        await _world.KeyAndRole("full", role: new
        {
            template = $$$$"""
                {"id": {{identity.entity.id}}, "name": {{ identity.entity.name }}, "all": {{identity.entity.metadata}},
                 "team": {{identity.entity.metadata.team}}, "none": {{identity.entity.metadata.none}}, "text": "team {{identity.entity.metadata.team}}!",
                 "groups": {{identity.entity.groups.names}}, "nested": {"floor": {{identity.groups.names.staff.metadata.floor}}},
                 "by_id": {{identity.groups.ids.{{{{group}}}}.name}}, "alias": {{identity.entity.aliases.{{{{accessor}}}}.name}},
                 "no_alias": {{identity.entity.aliases.nothing.metadata.a}}, "no_map": {{identity.entity.aliases.nothing.custom_metadata}},
                 "now": {{time.now}}, "later": {{time.now.plus.1h30m}}, "before": {{time.now.minus.1d}}}
                """,
        });

        var claims = OutsideVerifier.ClaimsOf(await _world.Token("full"));

        Assert.Multiple(() =>
        {
            Assert.That(claims.GetProperty("id").GetGuid(), Is.EqualTo(_world.EntityId));
            Assert.That(claims.GetProperty("name").GetString(), Is.EqualTo("person"));
            Assert.That(claims.GetProperty("all").ToString(), Is.EqualTo("""{"team":"red"}"""));
            Assert.That(claims.GetProperty("team").GetString(), Is.EqualTo("red"));
            Assert.That(claims.GetProperty("none").GetString(), Is.Empty);
            Assert.That(claims.GetProperty("text").GetString(), Is.EqualTo("team red!"));
            Assert.That(claims.GetProperty("groups").EnumerateArray().Select(name => name.GetString()), Is.EquivalentTo(["Staff", "House"]));
            Assert.That(claims.GetProperty("nested").GetProperty("floor").GetString(), Is.EqualTo("3"));
            Assert.That(claims.GetProperty("by_id").GetString(), Is.EqualTo("Staff"));
            Assert.That(claims.GetProperty("alias").GetString(), Has.Length.EqualTo(36));
            Assert.That(claims.GetProperty("no_alias").GetString(), Is.Empty);
            Assert.That(claims.GetProperty("no_map").ToString(), Is.EqualTo("{}"));
            Assert.That(claims.GetProperty("now").GetInt64(), Is.EqualTo(claims.GetProperty("iat").GetInt64()).Within(1));
            Assert.That(claims.GetProperty("later").GetInt64() - claims.GetProperty("now").GetInt64(), Is.EqualTo(5400));
            Assert.That(claims.GetProperty("now").GetInt64() - claims.GetProperty("before").GetInt64(), Is.EqualTo(86400));
        });
    }

    [Test]
    public async Task An_alias_that_has_expired_is_told_no_more()
    {
        await TokenWorld.Good(_world.Admin.Post("/v1/sys/auth/desk", new { type = "jwt" }));
        var accessor = await TokenWorld.AccessorOf(_world.Admin, "desk");
        var alias = new { name = "person@desk", mount_accessor = accessor, canonical_id = _world.EntityId };
        var id = (await TokenWorld.Good(_world.Admin.Post("/v1/identity/entity-alias", alias)))["data"].GetProperty("id").GetString();
        await _world.KeyAndRole("desk", role: new { template = $$$$"""{"desk": {{identity.entity.aliases.{{{{accessor}}}}.name}}}""" });
        Assert.That(OutsideVerifier.ClaimsOf(await _world.Token("desk")).GetProperty("desk").GetString(), Is.EqualTo("person@desk"));

        await TokenWorld.Good(_world.Admin.Post($"/v1/identity/entity-alias/id/{id}", new { expires_at = "2020-01-01T00:00:00Z" }));
        Assert.That(OutsideVerifier.ClaimsOf(await _world.Token("desk")).GetProperty("desk").GetString(), Is.Empty);
    }

    [Test]
    public async Task Claims_that_cannot_be_made_are_left_out_with_a_warning()
    {
        await _world.KeyAndRole("outsider", role: new { template = """{"a": {{identity.groups.names.nobody.id}}}""" });
        var reply = await _world.Person.Get("/v1/identity/oidc/token/outsider");

        Assert.That(reply["warnings"][0].GetString(), Does.Contain("no value could be found"));
        Assert.That(OutsideVerifier.ClaimsOf(reply["data"].GetProperty("token").GetString()!).TryGetProperty("a", out _), Is.False);
    }

    [Test]
    public async Task More_claims_than_a_verifier_reads_are_left_out()
    {
        var many = string.Join(", ", Enumerable.Range(0, 200).Select(i => $$$"""  "c{{{i}}}": {{identity.entity.id}}"""));
        await _world.KeyAndRole("large", role: new { template = $"{{{many}}}" });
        var reply = await _world.Person.Get("/v1/identity/oidc/token/large");

        Assert.That(reply["warnings"][0].GetString(), Does.Contain("more than 8192 bytes"));
        Assert.That(reply["data"].GetProperty("token").GetString(), Has.Length.LessThan(1000));
    }

    [Test]
    public async Task Who_may_get_one_is_said_by_policies()
    {
        await using var world = await TokenWorld.Start(_gateway, "policies", "other");
        await world.KeyAndRole("a");
        await world.KeyAndRole("b");
        await TokenWorld.Good(world.Admin.Put(
            "/v1/sys/policies/acl/only-a", new { policy = """path "identity/oidc/token/a" { capabilities = ["read"] }""" }));

        Assert.That((await world.Person.Get("/v1/identity/oidc/token/a")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        await TokenWorld.Good(world.Admin.Post($"/v1/identity/entity/id/{world.EntityId}", new { policies = "only-a" }));
        await world.Token("a");
        Assert.That((await world.Person.Get("/v1/identity/oidc/token/b")).Status, Is.EqualTo(HttpStatusCode.Forbidden));

        await TokenWorld.Good(world.Admin.Post(
            "/v1/auth/token/roles/for-person", new { allowed_entity_aliases = "x", allowed_policies = "only-a" }));
        var made = await TokenWorld.Good(world.Admin.Post(
            "/v1/auth/token/create/for-person", new { policies = "only-a", entity_alias = "x" }));
        using var holder = _gateway.As(made["auth"].GetProperty("client_token").GetString()!);
        await world.Token("a", holder);
        Assert.That((await holder.Get("/v1/identity/oidc/token/b")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task A_token_is_as_good_as_its_entity()
    {
        await using var world = await TokenWorld.Start(_gateway, "entities");
        await world.KeyAndRole("r");
        var token = await world.Token("r");

        await TokenWorld.Good(world.Admin.Post($"/v1/identity/entity/id/{world.EntityId}", new { disabled = true }));
        Assert.That(await world.Introspect(token), Is.EqualTo((false, "entity is disabled")));
        Assert.That((await world.Person.Get("/v1/identity/oidc/token/r")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        await TokenWorld.Good(world.Admin.Post($"/v1/identity/entity/id/{world.EntityId}", new { disabled = false }));
        Assert.That((await world.Introspect(token)).Active, Is.True);

        var survivor = await TokenWorld.Good(world.Admin.Post("/v1/identity/entity", new { name = "survivor", policies = "tokens" }));
        var into = survivor["data"].GetProperty("id").GetGuid();
        await TokenWorld.Good(world.Admin.Post(
            "/v1/identity/entity/merge", new { from_entity_ids = new[] { world.EntityId }, to_entity_id = into }));
        Assert.That((await world.Introspect(token)).Active, Is.True, "what was merged acts as the survivor");
        Assert.That(OutsideVerifier.ClaimsOf(await world.Token("r")).GetProperty("sub").GetGuid(), Is.EqualTo(into));

        await TokenWorld.Good(world.Admin.Delete($"/v1/identity/entity/id/{into}"));
        Assert.That(await world.Introspect(token), Is.EqualTo((false, "entity was not found")));
    }

    [Test]
    [Description("P21: the admission knew that the person is inactive, introspection did not")]
    public async Task A_token_is_no_better_than_the_person_behind_its_entity()
    {
        await using var world = await TokenWorld.Start(_gateway, "people-behind");
        await world.KeyAndRole("r");
        var token = await world.Token("r");
        await _gateway.Execute(
            """
            UPDATE identity.entity_aliases SET mount = 'auth/oidc/https://idp.test#', name = 'jane', name_key = 'jane'
            WHERE org_id = @OrgId AND entity_id = @EntityId
            """,
            new { world.OrgId, world.EntityId });
        await _gateway.Execute(
            """
            INSERT INTO identity.people (id, org_id, issuer, subject, status)
            VALUES (gen_random_uuid(), @OrgId, 'https://idp.test', 'jane', 'active')
            """,
            new { world.OrgId });
        Assert.That((await world.Introspect(token)).Active, Is.True);
        var people = await TokenWorld.Good(world.Admin.Get("/api/users"));
        var path = $"/api/users/{people.Body[0].GetProperty("id").GetString()}";

        await TokenWorld.Good(world.Admin.Put(path, new { status = "inactive" }));

        Assert.That(await world.Introspect(token), Is.EqualTo((false, "a person behind the entity is inactive")));
        await TokenWorld.Good(world.Admin.Put(path, new { status = "active" }));
        Assert.That((await world.Introspect(token)).Active, Is.True);
    }

    [Test]
    public async Task Another_organization_has_neither_the_role_nor_the_key_nor_the_token()
    {
        await using var other = await TokenWorld.Start(_gateway, "neighbour");
        await _world.KeyAndRole("ours");
        var token = await _world.Token("ours");

        Assert.Multiple(async () =>
        {
            Assert.That((await other.Admin.Get("/v1/identity/oidc/role/ours")).Status, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That((await other.Admin.Get("/v1/identity/oidc/key/ours")).Status, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(
                (await other.Person.Get("/v1/identity/oidc/token/ours"))["errors"][0].GetString(), Is.EqualTo("role \"ours\" not found"));
            Assert.That(await other.Introspect(token), Is.EqualTo((false, "unable to validate the token signature")));
            Assert.That(
                (await other.Admin.Post("/v1/identity/oidc/key/ours/rotate"))["errors"][0].GetString(),
                Is.EqualTo("no named key found at \"ours\""));
        });
        await other.Admin.Delete("/v1/identity/oidc/role/ours");
        await other.Admin.Delete("/v1/identity/oidc/key/ours");
        await _world.Token("ours");
    }

    [Test]
    public async Task Two_hundred_first_requests_after_a_rotation_all_get_one()
    {
        await using var world = await TokenWorld.Start(_gateway, "burst");
        await world.KeyAndRole("r");
        for (var round = 0; round < 3; round++)
        {
            await world.Set("key/r/rotate");
            var tokens = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => world.Token("r")));
            Assert.Multiple(() =>
            {
                Assert.That(tokens.Select(TokenWorld.KeyIdOf).Distinct().Count(), Is.EqualTo(1));
                Assert.That(tokens, Is.Unique);
            });
        }
    }

    [Test]
    public async Task Another_address_in_the_issuer_counts_for_new_tokens_and_documents_at_once()
    {
        await using var world = await TokenWorld.Start(_gateway, "addressed");
        await world.KeyAndRole("r");
        var before = await world.Token("r");
        await world.Set("config", new { issuer = "https://hoop.example.com" });

        var issuer = $"https://hoop.example.com/v1/{world.OrgId}/identity/oidc";
        Assert.Multiple(async () =>
        {
            Assert.That(await OutsideVerifier.Verify(_gateway, issuer, await world.Token("r"), "relying"), Is.Null);
            Assert.That(await world.Introspect(before), Is.EqualTo((false, "error validating claims: wrong issuer")));
        });
    }

    [Test]
    public async Task The_documents_are_found_by_address_alone()
    {
        using var named = new HttpClient { BaseAddress = _gateway.Address };
        named.DefaultRequestHeaders.Add("X-Vault-Namespace", "acme");
        Assert.Multiple(async () =>
        {
            foreach (var document in new[] { "openid-configuration", "keys", "spiffe-bundle" })
            {
                var plain = await _gateway.Anonymous.Get($"/v1/identity/oidc/.well-known/{document}");
                Assert.That(plain.Status, Is.EqualTo(HttpStatusCode.OK));
                var absent = await _gateway.Anonymous.Get($"/v1/{Guid.NewGuid()}/identity/oidc/.well-known/{document}");
                Assert.That((absent.Status, absent.Body.ToString()), Is.EqualTo((HttpStatusCode.NotFound, """{"errors":[]}""")));
                var none = await _gateway.Anonymous.Get($"/v1/acme/identity/oidc/.well-known/{document}");
                Assert.That(none.Status, Is.EqualTo(HttpStatusCode.BadRequest), "a name is no id");
            }

            Assert.That(
                (await named.Get("/v1/identity/oidc/.well-known/keys")).Status, Is.EqualTo(HttpStatusCode.BadRequest),
                "what is meant for one organization is not answered for another");
            var discovery = await _gateway.Anonymous.Get($"{_world.Path}/.well-known/openid-configuration");
            Assert.That(discovery.Response.Headers.CacheControl!.MaxAge, Is.EqualTo(TimeSpan.FromHours(1)));
            Assert.That(
                discovery["id_token_signing_alg_values_supported"].EnumerateArray().Select(name => name.GetString()),
                Is.EqualTo(["RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA"]));
            Assert.That(discovery["response_types_supported"].ToString(), Is.EqualTo("""["id_token"]"""));
            Assert.That(discovery["subject_types_supported"].ToString(), Is.EqualTo("""["public"]"""));
        });
    }
}
