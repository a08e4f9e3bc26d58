using System.Net;
using System.Text.Json;
using Hoop.Cli.Import;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary><c>hoop admin import vault</c>: from a stand-in that answers as Vault's documentation says, and from another gateway.</summary>
public sealed class ImportVaultTests
{
    private const string Reader = """path "identity/*" { capabilities = ["read", "list"] }""";

    private TestGateway _gateway = null!;
    private HttpClient _admin = null!;
    private Guid _orgId;
    private HoopProcess _hoop = null!;
    private VaultStandIn _vault = null!;

    [SetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        (_orgId, _admin) = await _gateway.CreateOrganization("importer");
        _vault = await VaultStandIn.Start();
        _hoop = new HoopProcess(_gateway.Address, _admin.DefaultRequestHeaders.Authorization!.Parameter!)
            .With("VAULT_ADDR", _vault.Address.ToString())
            .With("VAULT_TOKEN", VaultStandIn.Token);
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        _admin.Dispose();
        await _vault.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task Everything_comes_over_and_a_second_run_changes_nothing()
    {
        Fill(_vault);

        var first = await Import();
        var rows = await Rows();
        var second = await Import();

        Assert.That(first.Code, Is.Zero, first.Error);
        Assert.That(first.Out, Does.Match(@"(?m)^mount +1 +0 +1 +0$").And.Match(@"(?m)^entity +3 +0 +0 +0$"));
        Assert.That(
            first.Out,
            Does.Match(@"(?m)^entity alias +3 +0 +0 +0$").And.Match(@"(?m)^group +3 +0 +0 +0$").And.Match(@"(?m)^group alias +1 +0 +0 +0$"));
        Assert.That(first.Out, Does.Match(@"(?m)^policy +2 +0 +0 +0$").And.Contains("3 memberships added, 0 removed"));
        Assert.That(second.Code, Is.Zero, second.Error);
        Assert.That(second.Out, Does.Match(@"(?m)^entity +0 +0 +3 +0$").And.Match(@"(?m)^policy +0 +0 +2 +0$"));
        Assert.That(await Rows(), Is.EqualTo(rows), "nothing was written");

        var alice = await Data("/v1/identity/entity/name/Alice");
        Assert.That(alice.GetProperty("policies").GetRawText(), Is.EqualTo("""["reader","writer"]"""));
        Assert.That(alice.GetProperty("metadata").GetProperty("team").GetString(), Is.EqualTo("blue"));
        Assert.That(alice.GetProperty("group_ids").GetArrayLength(), Is.EqualTo(2), "directly, and through a group");
        var alias = alice.GetProperty("aliases").EnumerateArray().Single(one => one.GetProperty("mount_path").GetString() == "auth/people/");
        Assert.That(alias.GetProperty("custom_metadata").GetProperty("desk").GetString(), Is.EqualTo("4"));
        Assert.That((await Data("/v1/identity/entity/name/bob")).GetProperty("disabled").GetBoolean(), Is.True);
        var external = await Data("/v1/identity/group/name/directory");
        Assert.That(external.GetProperty("alias").GetProperty("name").GetString(), Is.EqualTo("cn=admins"));

        // Accessors and ids of groups are this side's.
        var policy = (await Data("/v1/sys/policies/acl/writer")).GetProperty("policy").GetString()!;
        var group = (await Data("/v1/identity/group/name/inner")).GetProperty("id").GetString();
        Assert.That(policy, Does.Contain($"aliases.{alias.GetProperty("mount_accessor").GetString()}.name"));
        Assert.That(policy, Does.Contain($"groups.ids.{group}.name").And.Not.Contain("auth_userpass_11111111"));
    }

    [Test]
    [Description("I2: what a dry run finds wrong with policies, with line and column")]
    public async Task A_dry_run_writes_nothing_and_lists_the_policies_that_would_be_refused()
    {
        Fill(_vault);
        _vault.Policy("twice", $"{Reader}\n\n  {Reader}\n");
        _vault.Policy("misspelt", "path \"a\" {\n  capabilities = [\"reed\"]\n}");
        _vault.Policy("never", """
            path "a/*" { capabilities = ["read"] }
            path "a/+/private/*" { capabilities = ["deny"] }
            """);
        var before = await Rows();

        var ran = await Import("--dry-run");
        var json = JsonElement.Parse((await Import("--dry-run", "-o", "json")).Out);

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(await Rows(), Is.EqualTo(before));
        Assert.That(ran.Out, Does.StartWith("KIND").And.Contains("WOULD CREATE").And.Match(@"(?m)^policy +3 +0 +0 +2$"));
        Assert.That(ran.Out, Does.Match(@"(?m)^mount +1 +0 +1 +0$").And.Contains("3 memberships would be added, 0 removed"));
        Assert.That(ran.Error, Does.Match("""refused: policy "twice": .*line 3, column 3: path "identity/\*" is given twice"""));
        Assert.That(ran.Error, Does.Match("""refused: policy "misspelt": .*line 2, column [0-9]+: .*reed"""));
        Assert.That(ran.Error, Does.Contain("""warning: policy "never": the deny on "a/+/private/*" (line 2) never acts"""));
        Assert.That(json.GetProperty("dry_run").GetBoolean());
        Assert.That(json.GetProperty("policy").GetProperty("refused").GetInt32(), Is.EqualTo(2));
        Assert.That(
            json.GetProperty("refused").EnumerateArray().Select(row => row.GetProperty("name").GetString()),
            Is.EquivalentTo(new[] { "twice", "misspelt" }));

        // Without it the same two are refused, and everything else comes.
        var real = await Import("-o", "json");
        Assert.That(real.Code, Is.EqualTo(1));
        Assert.That(JsonElement.Parse(real.Out).GetProperty("entity").GetProperty("created").GetInt32(), Is.EqualTo(3));
        Assert.That((await _admin.Get("/v1/sys/policies/acl/twice")).Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _admin.Get("/v1/sys/policies/acl/never")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_run_that_broke_off_goes_on_where_it_was()
    {
        for (var i = 0; i < 40; i++)
        {
            _vault.Entity($"00000000-0000-0000-0000-0000000001{i:d2}", $"entity-{i}", """{"policies": ["p"]}""");
        }

        _vault.BreaksAfter = 30;
        var broken = await Import();
        var made = await Entities();
        _vault.BreaksAfter = int.MaxValue;
        var rest = await Import("-o", "json");

        Assert.That((broken.Code, broken.Out), Is.EqualTo((1, "")));
        Assert.That(broken.Error, Does.Contain("Vault is sealed (503). Is it sealed?"));
        Assert.That(made, Is.InRange(1, 39), "it was in the middle");
        Assert.That(rest.Code, Is.Zero, rest.Error);
        var counts = JsonElement.Parse(rest.Out).GetProperty("entity");
        Assert.That((counts.GetProperty("unchanged").GetInt32(), counts.GetProperty("created").GetInt32()), Is.EqualTo((made, 40 - made)));
        Assert.That(await Entities(), Is.EqualTo(40));

        async Task<int> Entities() =>
            (int)(await _gateway.Query<long>("SELECT count(*) FROM identity.entities WHERE org_id = @_orgId", new { _orgId }))[0];
    }

    [Test]
    public async Task Hiccups_of_the_Vault_are_waited_out()
    {
        Fill(_vault).Hiccups = true;

        var ran = await Import("-o", "json");

        Assert.That(ran.Code, Is.Zero, ran.Error);
        Assert.That(JsonElement.Parse(ran.Out).GetProperty("entity").GetProperty("created").GetInt32(), Is.EqualTo(3));
    }

    [Test]
    public async Task Changes_in_the_Vault_come_over_and_what_was_added_here_stays()
    {
        Fill(_vault);
        await Import();
        var carol = (await _admin.Post("/v1/identity/entity", new { name = "carol" }))["data"].GetProperty("id").GetString();
        var inner = (await Data("/v1/identity/group/name/inner")).GetProperty("id").GetString();
        await _admin.Post($"/v1/identity/group/id/{inner}/members", new { add_entity_ids = new[] { carol } });
        _vault.Entity("e1", "Alice", """{"policies": [], "metadata": {}}""").Group("g1", "inner").Remove("identity/entity/id/e3");

        var ran = await Import();

        Assert.That(ran.Code, Is.Zero, ran.Error);
        Assert.That(ran.Out, Does.Match(@"(?m)^entity +0 +1 +1 +0$").And.Contains("0 memberships added, 2 removed"));
        Assert.That((await Data("/v1/identity/entity/name/alice")).GetProperty("policies").GetArrayLength(), Is.Zero);
        Assert.That((await Data("/v1/identity/group/name/inner")).GetProperty("member_entity_ids")[0].GetString(), Is.EqualTo(carol));
        Assert.That((await _admin.Get("/v1/identity/entity/name/team%2Fci")).Status, Is.EqualTo(HttpStatusCode.OK), "nothing is deleted");
    }

    [Test]
    public async Task Mounts_are_found_by_path_and_type_or_named()
    {
        Fill(_vault);
        await _admin.Post("/v1/sys/auth/people", new { type = "github" });
        await _admin.Post("/v1/sys/auth/staff", new { type = "userpass" });

        var other = await Import("-o", "json");
        var unknown = await Import("--map-mount", "people/=nowhere");
        var odd = await Import("--map-mount", "people");
        var named = await Import("--map-mount", "people=staff", "-o", "json");

        Assert.That(other.Code, Is.EqualTo(1));
        Assert.That(Reason(other, "mount"), Does.Contain("of type userpass, and here of type github").And.Contain("--map-mount people/=PATH"));
        Assert.That(Reason(other, "entity_alias"), Does.Contain("its mount people/ was refused"));
        Assert.That(unknown.Error, Does.StartWith("error: --map-mount people/=nowhere/: the gateway has no mount nowhere/; there are "));
        Assert.That(odd.Error, Does.StartWith("error: --map-mount people: write OLD=NEW"));
        Assert.That(named.Code, Is.Zero, named.Error);
        Assert.That(
            (await Data("/v1/identity/entity/name/alice")).GetProperty("aliases").EnumerateArray()
                .Select(alias => alias.GetProperty("mount_path").GetString()),
            Is.EquivalentTo(new[] { "auth/staff/", "auth/token/" }));

        static string? Reason(Ran ran, string kind) => JsonElement.Parse(ran.Out).GetProperty("refused").EnumerateArray()
            .First(row => row.GetProperty("kind").GetString() == kind.Replace('_', ' ')).GetProperty("reason").GetString();
    }

    [Test]
    public async Task An_alias_is_not_taken_away_from_whom_it_has_here()
    {
        Fill(_vault);
        await _admin.Post("/v1/sys/auth/people", new { type = "userpass" });
        var accessor = (await Data("/v1/sys/auth/people")).GetProperty("accessor").GetString();
        var mallory = (await _admin.Post("/v1/identity/entity", new { name = "mallory" }))["data"].GetProperty("id").GetString();
        await _admin.Post("/v1/identity/entity-alias", new { name = "ALICE", canonical_id = mallory, mount_accessor = accessor });
        var external = (await _admin.Post("/v1/identity/group", new { name = "other", type = "external" }))["data"].GetProperty("id").GetString();
        await _admin.Post("/v1/identity/group-alias", new { name = "cn=admins", canonical_id = external, mount_accessor = accessor });
        await _admin.Post("/v1/identity/group", new { name = "outer", type = "external" });

        var ran = await Import();

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.Contain("""refused: entity alias "alice": people/ knows it here as the entity "mallory" """.TrimEnd()));
        Assert.That(ran.Error, Does.Contain("""refused: group alias "cn=admins": people/ knows it here as the group "other" """.TrimEnd()));
        Assert.That(ran.Error, Does.Contain("""refused: group "outer": it is internal, and here external"""));
        Assert.That((await Data("/v1/identity/entity/name/mallory")).GetProperty("aliases").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task What_the_Vault_left_behind_is_told_and_the_rest_comes()
    {
        Fill(_vault);
        _vault.Entity("e8", "orphaned", """{"aliases": [{"id": "a8", "name": "x", "mount_accessor": "auth_ldap_gone"}]}""");
        _vault.Entity("e9", "  blank", """{"metadata": {"bad key": "v"}}""");
        _vault.Group("g9", "stale", """{"member_entity_ids": ["e1", "no-more"]}""");
        _vault.Policy("default", Reader);

        var ran = await Import();

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Error, Does.Contain("""refused: entity alias "x": its mount auth_ldap_gone is gone in the Vault"""));
        Assert.That(ran.Error, Does.Match("""refused: entity "  blank": .*name"""));
        Assert.That(ran.Error, Does.Contain("""refused: group "stale": its member, the entity no-more, was not imported"""));
        Assert.That((await Data("/v1/identity/group/name/stale")).GetProperty("member_entity_ids").GetArrayLength(), Is.EqualTo(1));
        Assert.That((await Data("/v1/sys/policies/acl/default")).GetProperty("policy").GetString(), Is.Not.EqualTo(Reader));

        await Import("--with-default");
        Assert.That((await Data("/v1/sys/policies/acl/default")).GetProperty("policy").GetString(), Is.EqualTo(Reader));
    }

    [Test]
    public async Task A_namespace_is_read_and_a_token_comes_from_a_file()
    {
        Fill(_vault).Namespace = "ns1/";
        _hoop.With("VAULT_TOKEN", "hvs.wrong");
        var file = _hoop.File("vault-token", VaultStandIn.Token + "\n");

        var empty = await Import("--token-file", file, "-o", "json");
        var ran = await Import("--token-file", file, "--namespace", "ns1/", "-o", "json");
        var argument = await Import("--token", VaultStandIn.Token, "--namespace", "ns1/");

        Assert.That(JsonElement.Parse(empty.Out).GetProperty("entity").GetProperty("created").GetInt32(), Is.Zero);
        Assert.That(JsonElement.Parse(ran.Out).GetProperty("entity").GetProperty("created").GetInt32(), Is.EqualTo(3));
        Assert.That(argument.Code, Is.Zero);
        Assert.That(argument.Error, Does.StartWith("warning: every process of this machine can read a token that is an argument"));
    }

    [Test]
    public async Task What_is_missing_is_said_with_the_next_step()
    {
        Fill(_vault);
        var standard = await _admin.Post("/api/api-tokens", new { name = "standard" });
        using var nobody = new HoopProcess(_gateway.Address, standard.Text("token"))
            .With("VAULT_ADDR", _vault.Address.ToString()).With("VAULT_TOKEN", VaultStandIn.Token);
        using var bare = new HoopProcess(_gateway.Address);
        using var gone = new HoopProcess(_gateway.Address, TestGateway.AdminToken).With("VAULT_ADDR", "http://127.0.0.1:9/");
        _vault.Forbidden = "sys/policies";

        Assert.That((await Import()).Error, Does.Contain("refuses to read sys/policies/acl?list=true").And.Contain("read and list on identity/*"));
        Assert.That((await Import("--addr", "vault.example.com")).Error, Does.StartWith("error: --addr: the address of a Vault looks like"));
        Assert.That((await bare.Run("admin", "import", "vault")).Error, Does.StartWith("error: which Vault? Name it with --addr URL"));
        Assert.That((await gone.Run("admin", "import", "vault")).Error, Does.StartWith("error: there is no token of the Vault"));
        gone.With("VAULT_TOKEN", "hvs.x");
        Assert.That((await gone.Run("admin", "import", "vault")).Error, Does.StartWith("error: cannot reach http://127.0.0.1:9: "));
        Assert.That((await nobody.Run("admin", "import", "vault")).Error, Does.Contain("importing needs the admin role"));
        _hoop.With("VAULT_TOKEN", "hvs.wrong");
        var wrong = await Import("--debug");
        Assert.That((wrong.Code, wrong.Out), Is.EqualTo((1, "")));
        Assert.That(wrong.Error, Does.Contain("permission denied (403)").And.Not.Contain("hvs."));
    }

    [Test]
    public async Task Another_gateway_can_be_what_is_imported_from()
    {
        await using var old = await TestGateway.Start();
        var (_, source) = await old.CreateOrganization("old");
        using var client = source;
        await source.Post("/v1/sys/auth/people", new { type = "userpass" });
        var accessor = (await source.Get("/v1/sys/auth/people"))["data"].GetProperty("accessor").GetString();
        var ids = new List<string>();
        for (var i = 0; i < 30; i++)
        {
            var made = await source.Post("/v1/identity/entity", new { name = $"e-{i}", policies = "p", metadata = new { i = $"{i}" } });
            ids.Add(made["data"].GetProperty("id").GetString()!);
            await source.Post("/v1/identity/entity-alias", new { name = $"user-{i}", canonical_id = ids[i], mount_accessor = accessor });
        }

        await source.Post("/v1/identity/group", new { name = "all", member_entity_ids = ids });
        await source.Put("/v1/sys/policies/acl/p", new { policy = Reader });
        _hoop.With("VAULT_ADDR", old.Address.ToString()).With("VAULT_TOKEN", source.DefaultRequestHeaders.Authorization!.Parameter!);

        var first = await Import("-o", "json");
        var rows = await Rows();
        var second = await Import();

        Assert.That(first.Code, Is.Zero, first.Error);
        Assert.That(second.Out, Does.Match(@"(?m)^entity +0 +0 +30 +0$").And.Match(@"(?m)^entity alias +0 +0 +30 +0$"));
        Assert.That(await Rows(), Is.EqualTo(rows));
        Assert.That((await Data("/v1/identity/group/name/all")).GetProperty("member_entity_ids").GetArrayLength(), Is.EqualTo(30));
    }

    [Test]
    public async Task Who_has_expired_on_another_gateway_does_not_come_to_life_here_and_who_answers_comes_along()
    {
        const string Past = "2020-01-01T00:00:00Z", Future = "2099-01-01T00:00:00Z";
        await using var old = await TestGateway.Start();
        var (_, source) = await old.CreateOrganization("old");
        using var client = source;
        await source.Post("/v1/sys/auth/people", new { type = "userpass" });
        var accessor = (await source.Get("/v1/sys/auth/people"))["data"].GetProperty("accessor").GetString();
        var gone = await source.Post("/v1/identity/entity", new { name = "gone", expires_at = Past, owner = "ops" });
        var stays = await source.Post("/v1/identity/entity", new { name = "stays", expires_at = Future });
        await source.Post("/v1/identity/entity-alias", new
        {
            name = "user", canonical_id = stays["data"].GetProperty("id").GetString(), mount_accessor = accessor, expires_at = Past,
        });
        await _admin.Post("/v1/identity/entity", new { name = "stays", owner = "here" });
        await _admin.Post("/v1/identity/entity", new { name = "gone" });
        _hoop.With("VAULT_ADDR", old.Address.ToString()).With("VAULT_TOKEN", source.DefaultRequestHeaders.Authorization!.Parameter!);

        var first = await Import();
        var rows = await Rows();
        var second = await Import();

        Assert.That(first.Code, Is.Zero, first.Error);
        Assert.That(second.Out, Does.Match(@"(?m)^entity +0 +0 +2 +0$").And.Match(@"(?m)^entity alias +0 +0 +1 +0$"));
        Assert.That(await Rows(), Is.EqualTo(rows), "nothing was written");
        Assert.That(gone.Response.IsSuccessStatusCode, Is.True);
        Assert.That(
            await _gateway.Query<string>(
                """
                SELECT name || ' ' || coalesce(owner, '') || ' ' || extract(year FROM expires_at) FROM identity.entities
                WHERE name IN ('gone', 'stays') ORDER BY name
                """),
            Is.EqualTo(new[] { "gone ops 2020", "stays here 2099" }));
        Assert.That(
            await _gateway.Query<bool>("SELECT expires_at < now() FROM identity.entity_aliases WHERE name = 'user'"),
            Is.EqualTo(new[] { true }));

        // What is said here alone stays: a Vault knows nothing of ends.
        await source.Post("/v1/identity/entity", new { name = "stays", expires_at = "" });
        await Import();
        Assert.That((await Data("/v1/identity/entity/name/stays")).GetProperty("expires_at").GetString(), Does.StartWith("2099"));
    }

    [Test]
    public async Task A_terminal_sees_how_far_it_is()
    {
        if (!File.Exists("/usr/bin/script"))
        {
            Assert.Ignore("util-linux' script is needed for a terminal");
        }

        Fill(_vault);
        var ran = await _hoop.RunOnTerminal("admin", "import", "vault");

        Assert.That(ran.Out, Does.Match(@"entities   \[#{24}\] 3/3, [0-9]+/s, 00:00:00 left"), ran.Out);
        Assert.That((await Import()).Error, Is.Empty, "and a file sees nothing of it");
    }

    [TestCase("a {{identity.entity.aliases.auth_x_1.name}} b", "a {{identity.entity.aliases.auth_y_2.name}} b")]
    [TestCase("{{identity.groups.ids.old.name}}{{identity.groups.ids.old.id}}", "{{identity.groups.ids.new.name}}{{identity.groups.ids.new.id}}")]
    [TestCase("{{identity.entity.aliases.other.name}} auth_x_1 old", "{{identity.entity.aliases.other.name}} auth_x_1 old")]
    [TestCase("identity.groups.ids.old", "identity.groups.ids.old")]
    public void Accessors_and_ids_are_renamed_where_templates_name_them(string text, string expected) => Assert.That(
        PolicyImport.InOurNames(text, new Dictionary<string, string>(StringComparer.Ordinal) { ["auth_x_1"] = "auth_y_2", ["old"] = "new" }),
        Is.EqualTo(expected));

    private static VaultStandIn Fill(VaultStandIn vault) => vault
        .Mount("people/", "userpass", "auth_userpass_11111111")
        .Policy("root", "")
        .Policy("reader", Reader)
        .Policy("writer", """
            path "kv/{{identity.entity.aliases.auth_userpass_11111111.name}}/*" { capabilities = ["create", "update"] }
            path "team/{{identity.groups.ids.g1.name}}/*" { capabilities = ["read"] }
            """)
        .Entity("e1", "Alice", """
            {"policies": ["reader", "writer"], "metadata": {"team": "blue"}, "aliases": [
              {"id": "a1", "canonical_id": "e1", "name": "alice", "mount_accessor": "auth_userpass_11111111", "mount_type": "userpass",
               "mount_path": "auth/people/", "metadata": {"told": "at login"}, "custom_metadata": {"desk": "4"}, "local": false},
              {"id": "a2", "canonical_id": "e1", "name": "Alice-CI", "mount_accessor": "auth_token_00000001", "mount_type": "token",
               "mount_path": "auth/token/", "metadata": null, "custom_metadata": null, "local": false}]}
            """)
        .Entity("e2.ns1", "bob", """{"disabled": true, "policies": []}""")
        .Entity("e3", "team/ci", """
            {"aliases": [{"id": "a3", "name": "ci", "mount_accessor": "auth_userpass_11111111", "custom_metadata": {}}]}
            """)
        .Group("g2", "outer", """{"policies": ["reader"], "member_group_ids": ["g1"], "metadata": {"k": "v"}}""")
        .Group("g1", "inner", """{"member_entity_ids": ["e1", "e2.ns1"]}""")
        .Group("g3", "directory", """
            {"type": "external", "alias": {"id": "ga1", "name": "cn=admins", "mount_accessor": "auth_userpass_11111111",
             "mount_type": "userpass", "mount_path": "auth/people/", "canonical_id": "g3"}}
            """);

    private Task<Ran> Import(params string[] options) => _hoop.Run(["admin", "import", "vault", .. options]);

    private async Task<JsonElement> Data(string path) => (await _admin.Get(path))["data"];

    private async Task<long> Rows() =>
        (await _gateway.Query<long>("SELECT count(*) FROM identity.audit_events WHERE org_id = @_orgId", new { _orgId }))[0];
}
