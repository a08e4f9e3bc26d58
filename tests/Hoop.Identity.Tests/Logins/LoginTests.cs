using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Identity.Tests.Logins;

/// <summary>POST /v1/auth/{mount}/login: whom it lets in, as whom, and with what.</summary>
public sealed class LoginTests
{
    private LoginWorld _world = null!;

    [OneTimeSetUp]
    public async Task Start() => _world = await LoginWorld.Start();

    [OneTimeTearDown]
    public async Task Stop() => await _world.DisposeAsync();

    [Test]
    public async Task The_first_sign_in_makes_an_entity_an_alias_and_a_token_for_it()
    {
        await _world.SetRole("mapped", ("claim_mappings", new { email = "mail" }), ("token_num_uses", 5));
        var auth = await _world.SignedIn(_world.Provider.MintAccessToken("ada", email: "ada@example.com"), "mapped");
        var entity = (await _world.Admin.Get($"/v1/identity/entity/id/{auth.GetProperty("entity_id").GetString()}"))["data"];
        var alias = entity.GetProperty("aliases").EnumerateArray().Single();
        using var ada = _world.As(auth);
        var self = (await ada.Get("/v1/auth/token/lookup-self"))["data"];
        Assert.Multiple(() =>
        {
            Assert.That(Texts(auth, "policies"), Is.EqualTo(new[] { "default", "dev" }));
            Assert.That(auth.GetProperty("metadata").GetRawText(), Is.EqualTo("""{"mail":"ada@example.com","role":"mapped"}"""));
            Assert.That(auth.GetProperty("lease_duration").GetInt32(), Is.EqualTo(3600));
            Assert.That(auth.GetProperty("renewable").GetBoolean() && auth.GetProperty("orphan").GetBoolean(), Is.True);
            Assert.That(auth.GetProperty("token_type").GetString(), Is.EqualTo("service"));
            Assert.That(auth.GetProperty("num_uses").GetInt32(), Is.EqualTo(5));
            Assert.That(alias.GetProperty("name").GetString(), Is.EqualTo("ada"));
            Assert.That(alias.GetProperty("mount_path").GetString(), Is.EqualTo("auth/jwt/"));
            Assert.That(self.GetProperty("path").GetString(), Is.EqualTo("auth/jwt/login"));
            Assert.That(self.GetProperty("display_name").GetString(), Is.EqualTo("jwt-ada"));
            Assert.That(self.GetProperty("entity_id").GetString(), Is.EqualTo(auth.GetProperty("entity_id").GetString()));
        });
        var told = (await _world.Admin.Get($"/v1/identity/entity-alias/id/{alias.GetProperty("id").GetString()}"))["data"];
        Assert.That(told.GetProperty("metadata").GetRawText(), Is.EqualTo("""{"mail": "ada@example.com"}"""));
    }

    [Test]
    public async Task The_trail_tells_of_the_entity_the_alias_and_the_token_and_of_who_signed_in()
    {
        await _world.SignedIn(_world.Provider.MintAccessToken("traced"));
        var rows = (await _world.Admin.Get("/api/audit/logs?actor_alias=auth/jwt/traced"))["data"].EnumerateArray()
            .Select(row => $"{row.GetProperty("action").GetString()} {row.GetProperty("resource_type").GetString()}").Order().ToArray();
        Assert.That(rows, Is.EqualTo(new[] { "create entity", "create entity_alias", "create vault_token" }));
    }

    [Test]
    public async Task What_the_next_sign_in_tells_counts_at_once_in_templates_of_policies()
    {
        await _world.SetRole("templated", ("claim_mappings", new { email = "mail" }), ("token_policies", "templated"));
        var accessor = (await _world.Admin.Get("/v1/sys/auth/jwt"))["data"].GetProperty("accessor").GetString();
        var rule = $$$"""path "t/{{identity.entity.aliases.{{{accessor}}}.metadata.mail}}" { capabilities = ["read"] }""";
        await _world.Made("/v1/sys/policies/acl/templated", new { policy = rule });
        using var eve = _world.As(await _world.SignedIn(_world.Provider.MintAccessToken("eve", email: "a@example.com"), "templated"));
        Assert.That(await Reads(eve, "t/a@example.com"), Is.EqualTo("read"));
        Assert.That(await Reads(eve, "t/b@example.com"), Is.EqualTo("deny"));

        await _world.SignedIn(_world.Provider.MintAccessToken("eve", email: "b@example.com"), "templated");
        Assert.That(await Reads(eve, "t/a@example.com"), Is.EqualTo("deny"));
        Assert.That(await Reads(eve, "t/b@example.com"), Is.EqualTo("read"));
    }

    private static async Task<string?> Reads(HttpClient caller, string path) =>
        (await caller.Post("/v1/sys/capabilities-self", new { paths = new[] { path } }))["data"].GetProperty(path)[0].GetString();

    [Test]
    public async Task The_next_sign_in_is_the_same_entity_and_the_default_role_counts()
    {
        var first = await _world.SignedIn(_world.Provider.MintAccessToken("bob"));
        var second = await _world.SignedIn(_world.Provider.MintAccessToken("bob"), role: null);
        Assert.That(second.GetProperty("entity_id").GetString(), Is.EqualTo(first.GetProperty("entity_id").GetString()));
        Assert.That(second.GetProperty("client_token").GetString(), Is.Not.EqualTo(first.GetProperty("client_token").GetString()));
    }

    [Test]
    public async Task Groups_of_the_token_give_policies_and_a_sign_in_that_tells_fewer_takes_them_from_every_token()
    {
        await _world.Group("builders");
        await _world.SetRole("grouped", ("groups_claim", "groups"));
        var auth = await _world.SignedIn(_world.Provider.MintAccessToken("carl", groups: ["builders", "admin"]), "grouped");
        Assert.That(Texts(auth, "identity_policies"), Is.EqualTo(new[] { "of-builders" }));
        using var carl = _world.As(auth);
        Assert.That(
            Texts((await carl.Get("/v1/auth/token/lookup-self"))["data"], "identity_policies"), Is.EqualTo(new[] { "of-builders" }));

        // A group that is called admin makes nobody an admin.
        Assert.That((await carl.Get("/v1/sys/auth")).Status, Is.EqualTo(HttpStatusCode.Forbidden));

        await _world.SignedIn(_world.Provider.MintAccessToken("carl", groups: []), "grouped");
        var self = (await carl.Get("/v1/auth/token/lookup-self"))["data"];
        Assert.That(self.TryGetProperty("identity_policies", out _), Is.False, self.GetRawText());
    }

    [Test]
    public async Task Groups_that_an_alias_told_end_with_it_and_with_its_name_for_every_token_of_the_entity(
        [Values("expires", "expires soon", "renamed", "of another mount")] string change)
    {
        var name = $"told-{change.Replace(' ', '-')}";
        await _world.Group(name);
        await _world.SetRole("grouped", ("groups_claim", "groups"));
        var entity = (await _world.SignedIn(_world.Provider.MintAccessToken(name, groups: [name]), "grouped"))
            .GetProperty("entity_id").GetString();
        await _world.Made("/v1/sys/auth/m-" + name, new { type = "jwt" });
        var second = (await _world.Admin.Get("/v1/sys/auth/m-" + name))["data"].GetProperty("accessor").GetString();

        // The same entity by another way: with an API token, whose rights are remembered.
        var tokens = (await _world.Admin.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString();
        var made = (await _world.Admin.Post("/api/api-tokens", new { name, groups = Array.Empty<string>() })).Body;
        var alias = new { name = made.GetProperty("id").GetString(), mount_accessor = tokens, canonical_id = entity };
        await _world.Made("/v1/identity/entity-alias", alias);
        using var other = _world.Gateway.As(made.GetProperty("token").GetString()!);
        Assert.That(Texts((await other.Get("/api/userinfo")).Body, "policies"), Is.EqualTo(new[] { $"of-{name}" }));

        var aliases = (await _world.Admin.Get($"/v1/identity/entity/id/{entity}"))["data"].GetProperty("aliases");
        var told = aliases.EnumerateArray().Single(one => one.GetProperty("mount_accessor").GetString() != tokens)
            .GetProperty("id").GetString();
        await _world.Made($"/v1/identity/entity-alias/id/{told}", (object)(change switch
        {
            "expires" => new { expires_at = "2020-01-01T00:00:00Z" },
            "expires soon" => new { expires_at = DateTimeOffset.UtcNow.AddSeconds(3).ToString("O") },
            "renamed" => new { name = name + "-other" },
            _ => new { mount_accessor = second },
        }));
        if (change == "of another mount")
        {
            // It has a group of that name, too; nobody there has told of it.
            await _world.Group(name + "-there", "m-" + name, name);
        }

        await Eventually.True(
            async () => Texts((await other.Get("/api/userinfo")).Body, "policies").Length == 0, "the policies of the group are gone");
    }

    [Test]
    public async Task What_a_sign_in_tells_of_an_alias_that_is_moved_meanwhile_counts_for_the_entity_that_has_it()
    {
        await _world.Group("movers");
        await _world.SetRole("grouped", ("groups_claim", "groups"));
        await _world.SignedIn(_world.Provider.MintAccessToken("mover", groups: []), "grouped");
        var tokens = (await _world.Admin.Get("/v1/sys/auth/token"))["data"].GetProperty("accessor").GetString();
        var made = (await _world.Admin.Post("/api/api-tokens", new { name = "mover", groups = Array.Empty<string>() })).Body;
        var alias = new { name = made.GetProperty("id").GetString(), mount_accessor = tokens };
        var entity = (await _world.Made("/v1/identity/entity-alias", alias))["data"].GetProperty("canonical_id").GetString();
        using var other = _world.Gateway.As(made.GetProperty("token").GetString()!);
        Assert.That(Texts((await other.Get("/api/userinfo")).Body, "policies"), Is.Empty);

        await using var source = NpgsqlDataSource.Create(_world.Gateway.Connection.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var move = new NpgsqlCommand(
            "UPDATE identity.entity_aliases SET entity_id = @Id WHERE name = 'mover'", connection, transaction);
        move.Parameters.AddWithValue("Id", Guid.Parse(entity!));
        Assert.That(await move.ExecuteNonQueryAsync(), Is.EqualTo(1));
        var login = _world.Login(_world.Provider.MintAccessToken("mover", groups: ["movers"]), "grouped");
        await Eventually.True(
            async () => (await _world.Gateway.Query<long>(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))[0] > 0,
            "the sign-in waits for whoever moves the alias");
        await transaction.CommitAsync();

        Assert.That((await login).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(Texts((await other.Get("/api/userinfo")).Body, "policies"), Is.EqualTo(new[] { "of-movers" }));
    }

    [Test]
    public async Task A_policy_of_the_role_opens_what_it_says_and_nothing_else()
    {
        await _world.Admin.Put("/v1/sys/policies/acl/reader", new { policy = "path \"identity/entity/id\" { capabilities = [\"list\"] }" });
        await _world.SetRole("reading", ("token_policies", "reader"), ("token_no_default_policy", true));
        using var reader = _world.As(await _world.SignedIn(_world.Provider.MintAccessToken("reader"), "reading"));
        Assert.That((await reader.Get("/v1/identity/entity/id?list=true")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await reader.Get("/v1/auth/jwt/config")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await reader.Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    [Description("I9: two first logins within microseconds were «tied to a different entity»")]
    public async Task I9_two_hundred_first_sign_ins_of_one_name_are_one_entity_and_one_alias()
    {
        var token = _world.Provider.MintAccessToken("crowd");
        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => _world.Login(token)));
        Assert.That(replies.Select(reply => reply.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(replies.Select(reply => reply["auth"].GetProperty("entity_id").GetString()).Distinct().Count(), Is.EqualTo(1));
        Assert.That(
            await _world.Gateway.Query<long>("SELECT count(*) FROM identity.entity_aliases WHERE name = 'crowd'"),
            Is.EqualTo(new[] { 1L }));
    }

    [Test]
    public async Task The_organization_is_the_one_that_the_header_names_and_default_without_one()
    {
        var token = _world.Provider.MintAccessToken("dora");
        Assert.That((await _world.Login(token, space: "/acme/")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _world.Login(token, space: null)).Status, Is.EqualTo(HttpStatusCode.BadRequest), "default has no such mount");
        Assert.That((await _world.Login(token, space: "nobody")).Status, Is.EqualTo(HttpStatusCode.BadRequest));

        await _world.Gateway.Operator.Post("/v1/sys/auth/jwt", new { type = "jwt" });
        await _world.Gateway.Operator.Post("/v1/auth/jwt/config", new { jwks_url = _world.Provider.JwksUrl });
        await _world.Gateway.Operator.Post("/v1/auth/jwt/role/dev", LoginWorld.Role);
        await Eventually.True(async () =>
            (await _world.Login(_world.Provider.MintAccessToken("dora"), space: null)).Status == HttpStatusCode.OK, "the keys are known");
        Assert.That((await _world.Login(token, space: "root")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            await _world.Gateway.Query<long>("SELECT count(*) FROM identity.entity_aliases WHERE name = 'dora'"),
            Is.EqualTo(new[] { 2L }), "one in each organization");
    }

    [Test]
    public async Task Keys_are_found_through_discovery_and_a_rotation_is_followed_at_the_first_token_of_the_new_key()
    {
        await using var provider = await IdentityProviderStandIn.Start(LoginWorld.Audience);
        await _world.Made("/v1/sys/auth/found", new { type = "jwt" });
        await _world.Made("/v1/auth/found/config", new { oidc_discovery_url = provider.Issuer });
        await _world.Made("/v1/auth/found/role/dev", LoginWorld.Role);
        await _world.UntilKeysAreKnown("found");
        await _world.SignedIn(provider.MintAccessToken("eve"), mount: "found");

        provider.RotateKey();
        await _world.SignedIn(provider.MintAccessToken("eve"), mount: "found");
        Assert.That(
            (await _world.Login(_world.Provider.MintAccessToken("eve"), mount: "found")).Status,
            Is.EqualTo(HttpStatusCode.BadRequest), "another issuer");
    }

    [TestCase("RS256")]
    [TestCase("ES256")]
    [TestCase("ES512")]
    public async Task Public_keys_in_PEM_verify_tokens_whatever_their_key_id_is(string algorithm)
    {
        using var key = SigningKey.Create(algorithm);
        using var other = SigningKey.Create("RS256");
        var mount = "pem-" + algorithm;
        await _world.Made($"/v1/sys/auth/{mount}", new { type = "jwt" });
        await _world.Made($"/v1/auth/{mount}/config", new { jwt_validation_pubkeys = new[] { other.PublicPem(), key.PublicPem() } });
        await _world.Made($"/v1/auth/{mount}/role/dev", LoginWorld.Role);
        var named = _world.Provider.MintAccessToken("pem", variant: new TokenVariant { Key = key });
        var nameless = _world.Provider.MintAccessToken("pem", variant: new TokenVariant { Key = key, KeyId = "" });
        await _world.SignedIn(named, mount: mount);
        await _world.SignedIn(nameless, mount: mount);
        Assert.That(
            (await _world.Login(_world.Provider.MintAccessToken("pem"), mount: mount)).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_name_that_differs_from_another_s_in_case_alone_is_not_that_other()
    {
        var lower = await _world.SignedIn(_world.Provider.MintAccessToken("frida"));
        Assert.That((await _world.Login(_world.Provider.MintAccessToken("Frida"))).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(_world.Gateway.Logs.Lines, Has.Some.Contains("alias_case"));
        Assert.That(lower.GetProperty("entity_id").GetString(), Is.Not.Empty);
    }

    [Test]
    public async Task What_admins_say_of_an_alias_stays_when_somebody_signs_in_by_it()
    {
        var accessor = (await _world.Admin.Get("/v1/sys/auth/jwt"))["data"].GetProperty("accessor").GetString();
        var entity = (await _world.Made("/v1/identity/entity", new { name = "made-before" }))["data"].GetProperty("id").GetString();
        var alias = new { name = "gina", mount_accessor = accessor, canonical_id = entity, custom_metadata = new { team = "blue" } };
        var id = (await _world.Made("/v1/identity/entity-alias", alias))["data"].GetProperty("id").GetString();
        var auth = await _world.SignedIn(_world.Provider.MintAccessToken("gina"));
        Assert.That(auth.GetProperty("entity_id").GetString(), Is.EqualTo(entity));
        var after = (await _world.Admin.Get($"/v1/identity/entity-alias/id/{id}"))["data"];
        Assert.That(after.GetProperty("custom_metadata").GetRawText(), Is.EqualTo("""{"team": "blue"}"""));
    }

    [Test]
    public async Task A_claim_by_its_path_names_somebody_and_binds()
    {
        var nested = new JsonObject { ["namespace"] = "prod", ["serviceaccount"] = new JsonObject { ["name"] = "web" } };
        var variant = new TokenVariant
        {
            Claims = new Dictionary<string, JsonNode?>(StringComparer.Ordinal) { ["kubernetes.io"] = nested },
        };
        await _world.SetRole(
            "pod", ("user_claim", "/kubernetes.io/serviceaccount/name"), ("user_claim_json_pointer", true),
            ("bound_claims", new Dictionary<string, object> { ["/kubernetes.io/namespace"] = new[] { "prod", "stage" } }));
        var auth = await _world.SignedIn(_world.Provider.MintAccessToken("some", variant: variant), "pod");
        using var pod = _world.As(auth);
        Assert.That(
            (await pod.Get("/v1/auth/token/lookup-self"))["data"].GetProperty("display_name").GetString(), Is.EqualTo("jwt-web"));
        nested["namespace"] = "test";
        Assert.That(
            (await _world.Login(_world.Provider.MintAccessToken("some", variant: variant), "pod")).Status,
            Is.EqualTo(HttpStatusCode.BadRequest));
    }

    private static string[] Texts(JsonElement of, string member) =>
        [.. of.GetProperty(member).EnumerateArray().Select(text => text.GetString()!)];
}
