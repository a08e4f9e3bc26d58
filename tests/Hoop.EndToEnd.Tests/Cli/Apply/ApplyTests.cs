using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli.Apply;

/// <summary><c>hoop apply</c> and <c>hoop export</c> against a gateway: what files say is what there is.</summary>
public sealed class ApplyTests
{
    private const string Everything = """
        kind: trust-domain
        name: prod.example
        bundle_jwks:
          keys: []
        ---
        kind: agent
        name: web
        ---
        kind: spiffe-mapping
        trust_domain: prod.example
        spiffe_prefix: spiffe://prod.example/agent/
        agent_template: "{{.WorkloadIdentifier}}"
        groups: [agents, ops]
        ---
        kind: spiffe-mapping
        trust_domain: prod.example
        spiffe_id: spiffe://prod.example/agent/web
        agent: web
        ---
        kind: issuer
        issuer: https://login.example.com
        preset: generic
        audiences: [https://hoop.example.com]
        jwks_url: https://login.example.com/keys
        leeway_seconds: 20
        claims: {email: mail}
        ---
        kind: serviceaccount-rule
        name: deploy
        issuer: https://login.example.com
        priority: 5
        conditions:
          - claim: project_id
            equals: "20"
        groups: [ops]
        ---
        kind: serviceaccount
        subject: ci|1
        issuer: https://login.example.com
        name: CI
        groups: [devops]
        expires_at: 2099-01-31T00:00:00Z
        ---
        kind: user
        subject: "248289761001"
        issuer: https://login.example.com
        name: Jane
        groups: [developers]
        ---
        kind: connection
        name: orders
        agent: web
        type: database
        subtype: postgres
        command: [psql, -h, db]
        secrets:
          PGPASSWORD: {variable: ORDERS_PASSWORD}
          filesystem:PGSSLCERT: {file: cert.pem}
        ---
        kind: policy
        name: readers
        policy: |
          path "secret/*" {
            capabilities = ["read"]
          }
        ---
        kind: entity
        name: jane
        policies: [readers]
        metadata: {team: blue}
        ---
        kind: group
        name: everyone
        policies: [readers]
        entities: [jane]
        """;

    private TestGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken).With("ORDERS_PASSWORD", "first-canary");
        _hoop.File("cert.pem", "certificate-canary");
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    [Description("C8: difference and act come from one plan, and the second run finds nothing to do")]
    public async Task Everything_is_made_once_and_what_is_exported_is_what_is_there()
    {
        _hoop.File("all.yaml", Everything);
        var before = await _hoop.Run("apply", "-f", "all.yaml", "--dry-run", "--exit-code");
        var nothingYet = await _hoop.Run("admin", "get", "agents");
        var made = await _hoop.Run("apply", "-f", "all.yaml");
        var again = await _hoop.Run("apply", "-f", "all.yaml");
        var exported = await _hoop.Run("export");
        _hoop.File("exported.yaml", exported.Out);
        var back = await _hoop.Run("apply", "-f", "exported.yaml", "--dry-run", "--exit-code");

        Assert.That(made.Code, Is.Zero, made.Error);
        Assert.That(before.Code, Is.EqualTo(2), before.Error);
        Assert.That(nothingYet, Is.EqualTo(new Ran(0, "", "No resources found\n")));
        Assert.That(made.Out, Does.EndWith("\n12 created, 0 unchanged\n"));
        Assert.That(Done(before.Out), Is.EqualTo(made.Out));
        Assert.That(again.Code, Is.Zero, again.Error);
        Assert.That(again.Out, Does.EndWith("\n12 unchanged\n"));
        Assert.That(exported.Code, Is.Zero, exported.Error);
        Assert.That(exported.Out, Does.Contain("kind: connection\nname: orders\n").And.Not.Contains("canary"));
        Assert.That((back.Code, back.Out), Is.EqualTo((0, Unchanged(exported.Out))), back.Error);
        Assert.That(made.Out + made.Error + again.Out + again.Error, Does.Not.Contain("canary").And.Not.Contains("xagt-"));
    }

    [Test]
    public async Task A_difference_is_shown_and_then_done_and_what_is_not_named_stays()
    {
        _hoop.File("all.yaml", Everything);
        await Succeeds("apply", "-f", "all.yaml");
        _hoop.File("change.yaml", """
            kind: serviceaccount
            subject: ci|1
            groups: [devops, more]
            ---
            kind: spiffe-mapping
            trust_domain: prod.example
            spiffe_id: spiffe://prod.example/agent/web
            agent_template: fixed
            ---
            kind: connection
            name: orders
            command: [psql]
            """);

        var shown = await _hoop.Run("apply", "-f", "change.yaml", "--dry-run", "-o", "json");
        var done = await Succeeds("apply", "-f", "change.yaml");
        var account = JsonElement.Parse((await Succeeds("admin", "get", "sa", "ci|1", "-o", "json")).Out);
        var connection = JsonElement.Parse((await Succeeds("admin", "get", "connection", "orders", "-o", "json")).Out);

        Assert.That(done.Out, Is.EqualTo("""
            serviceaccount/ci|1 changed
              groups: ["devops"] -> ["devops","more"]
            spiffe-mapping/spiffe://prod.example/agent/web changed
              agent_template: nothing -> "fixed"
              agent: "web" -> nothing
            connection/orders changed
              command: ["psql","-h","db"] -> ["psql"]
            3 changed, 0 unchanged

            """));
        Assert.That(
            JsonElement.Parse(shown.Out).GetProperty("steps").EnumerateArray().Select(step => step.GetProperty("action").GetString()),
            Is.EqualTo(new[] { "change", "change", "change" }));
        Assert.That(account.GetProperty("name").GetString(), Is.EqualTo("CI"));
        Assert.That(account.GetProperty("expires_at").GetString(), Does.StartWith("2099-01-31"));
        Assert.That(connection.GetProperty("secret").EnumerateObject().Count(), Is.EqualTo(2), "secrets that are not named stay");
    }

    [Test]
    public async Task A_secret_that_changed_is_noticed_and_never_shown()
    {
        _hoop.File("all.yaml", Everything);
        await Succeeds("apply", "-f", "all.yaml");
        _hoop.With("ORDERS_PASSWORD", "second-canary");

        var shown = await _hoop.Run("apply", "-f", "all.yaml", "--dry-run", "--debug");
        var json = await _hoop.Run("apply", "-f", "all.yaml", "--dry-run", "-o", "json");
        var done = await _hoop.Run("apply", "-f", "all.yaml", "--debug");
        var again = await Succeeds("apply", "-f", "all.yaml");

        Assert.That(shown.Out, Does.Contain("connection/orders would be changed\n  secrets.envvar:PGPASSWORD: differs\n"));
        Assert.That(done.Out, Does.Contain("connection/orders changed\n").And.Contain("\n1 changed, 11 unchanged\n"));
        Assert.That(again.Out, Does.EndWith("\n12 unchanged\n"));
        Assert.That(shown.Out + shown.Error + json.Out + json.Error + done.Out + done.Error, Does.Not.Contain("canary"));
    }

    [Test]
    public async Task A_name_in_another_case_is_the_same_thing_and_is_neither_made_nor_pruned()
    {
        const string Lower = """
            kind: policy
            name: readers
            policy: path "a" { capabilities = ["read"] }
            ---
            kind: group
            name: team
            """;
        var upper = Lower.Replace("readers", "Readers", StringComparison.Ordinal).Replace("team", "Team", StringComparison.Ordinal);
        _hoop.File("lower.yaml", Lower);
        _hoop.File("upper.yaml", upper);
        _hoop.File("both.yaml", $"{Lower}\n---\n{upper}");
        await Succeeds("apply", "-f", "lower.yaml");

        var again = await Succeeds("apply", "-f", "upper.yaml", "--prune", "--kinds", "policy,group");
        var both = await _hoop.Run("apply", "-f", "both.yaml");

        Assert.That(again.Out, Does.EndWith("2 unchanged\n").And.Not.Contain("deleted"));
        Assert.That((await Succeeds("admin", "get", "policy", "readers", "-o", "json")).Out, Does.Contain("capabilities"));
        Assert.That((await Succeeds("admin", "get", "group", "team", "-o", "json")).Out, Does.Contain("team"));
        Assert.That(both.Code, Is.EqualTo(1));
        Assert.That(both.Error, Does.Contain("policy/Readers is described a second time"));
    }

    [Test]
    [Description("C8: the last object of a kind goes too; an empty input needs a word of its own")]
    public async Task Pruning_takes_the_last_one_too_and_nothing_that_was_not_named()
    {
        _hoop.File("all.yaml", Everything);
        _hoop.File("none.yaml", "# nothing left\n");
        await Succeeds("apply", "-f", "all.yaml");

        var refused = await _hoop.Run("apply", "-f", "none.yaml", "--prune", "--kinds", "agents,connections,spiffe-mappings");
        var shown = await _hoop.Run(
            "apply", "-f", "none.yaml", "--prune", "--kinds", "agents,connections,spiffe-mappings", "--allow-empty", "--dry-run");
        var done = await Succeeds("apply", "-f", "none.yaml", "--prune", "--kinds", "agents,connections,spiffe-mappings", "--allow-empty");
        var again = await Succeeds("apply", "-f", "none.yaml", "--prune", "--kinds", "agents,connections,spiffe-mappings", "--allow-empty");
        var left = await Succeeds("export", "-o", "json");

        Assert.That(refused, Is.EqualTo(new Ran(1, "", "error: there is no document in the files; if that is meant, add --allow-empty\n")));
        Assert.That(done.Out, Is.EqualTo("""
            connection/orders deleted
            spiffe-mapping/spiffe://prod.example/agent/* deleted
            spiffe-mapping/spiffe://prod.example/agent/web deleted
            agent/web deleted
            4 deleted, 0 unchanged

            """));
        Assert.That(Done(shown.Out), Is.EqualTo(done.Out));
        Assert.That(again.Out, Is.EqualTo("0 unchanged\n"));
        Assert.That(
            JsonElement.Parse(left.Out).EnumerateArray().Select(one => one.GetProperty("kind").GetString()).Distinct(),
            Is.EquivalentTo(new[]
            {
                "trust-domain", "issuer", "serviceaccount-rule", "serviceaccount", "user", "policy", "entity", "group",
            }));
    }

    [Test]
    public async Task What_others_look_after_is_neither_pruned_nor_changed()
    {
        _hoop.File("policy.yaml", "kind: policy\nname: default\npolicy: path \"x\" {}\n");
        _hoop.File("none.yaml", "");

        var people = await _hoop.Run("apply", "-f", "policy.yaml", "--prune", "--kinds", "users");
        var changed = await _hoop.Run("apply", "-f", "policy.yaml");
        var pruned = await _hoop.Run("apply", "-f", "-", "--prune", "--kinds", "policies", "--allow-empty");

        Assert.That(people.Error, Is.EqualTo("error: --kinds users: people come by signing in, so none is pruned; delete one with: hoop admin delete user\n"));
        Assert.That(changed.Error, Is.EqualTo("error: policy.yaml:1: policy/default belongs to the gateway and is not changed here; take it out of the file\n"));
        Assert.That((pruned.Code, pruned.Out), Is.EqualTo((1, "")), "standard input was empty");
    }

    [Test]
    public async Task A_failure_in_the_middle_is_told_and_the_same_again_goes_on()
    {
        _hoop.File("bad.yaml", """
            kind: agent
            name: one
            ---
            kind: connection
            name: broken
            agent: one
            type: custom
            """);

        var failed = await _hoop.Run("apply", "-f", "bad.yaml");
        _hoop.File("bad.yaml", """
            kind: agent
            name: one
            ---
            kind: connection
            name: broken
            agent: one
            type: custom
            command: [bq]
            """);
        var again = await Succeeds("apply", "-f", "bad.yaml");

        Assert.That((failed.Code, failed.Out), Is.EqualTo((1, "agent/one created\n")));
        Assert.That(failed.Error, Does.Contain("error: connection/broken: command: ").And.Contain("(1 of 2 are done; the same again goes on)\n"));
        Assert.That(again.Out, Is.EqualTo("agent/one unchanged\nconnection/broken created\n1 created, 1 unchanged\n"));
    }

    [Test]
    public async Task Folders_JSON_and_standard_input_are_taken_alike()
    {
        Directory.CreateDirectory(Path.Combine(_hoop.Home, "all", "below"));
        _hoop.File("all/a.json", """[{"kind":"agent","name":"a-one"},{"kind":"agent","name":"a-two"}]""");
        _hoop.File("all/below/b.yml", "kind: agent\nname: b-one\n");
        _hoop.File("all/notes.txt", "not a manifest");

        var folder = await Succeeds("apply", "-f", "all");
        var input = await _hoop.RunWithInput("{\"kind\": \"agent\", \"name\": \"a-one\"}", "apply", "-f", "-");

        Assert.That(folder.Out, Is.EqualTo("agent/a-one created\nagent/a-two created\nagent/b-one created\n3 created, 0 unchanged\n"));
        Assert.That(input, Is.EqualTo(new Ran(0, "agent/a-one unchanged\n1 unchanged\n", "")));
    }

    [Test]
    public async Task Another_organization_is_another_world()
    {
        var (_, admin) = await _gateway.CreateOrganization("acme");
        _hoop.File("all.yaml", "kind: agent\nname: mine\n");
        await Succeeds("apply", "-f", "all.yaml");
        using var other = new HoopProcess(_gateway.Address, admin.DefaultRequestHeaders.Authorization!.Parameter);
        other.File("none.yaml", "");
        other.File("all.yaml", "kind: agent\nname: theirs\n");

        var pruned = await other.Run("apply", "-f", "all.yaml", "--prune", "--kinds", "agents");

        Assert.That(pruned.Out, Is.EqualTo("agent/theirs created\n1 created, 0 unchanged\n"), pruned.Error);
        Assert.That((await Succeeds("admin", "get", "agents", "-o", "name")).Out, Is.EqualTo("agent/mine\n"));
    }

    private async Task<Ran> Succeeds(params string[] arguments)
    {
        var ran = await _hoop.Run(arguments);
        Assert.That(ran.Code, Is.Zero, $"{string.Join(' ', arguments)}: {ran.Out}{ran.Error}");
        return ran;
    }

    private static string Done(string dryRun) =>
        dryRun.Replace("would be ", "", StringComparison.Ordinal).Replace(" (dry run)", "", StringComparison.Ordinal);

    private static string Unchanged(string exported)
    {
        var documents = exported.Split("---\n", StringSplitOptions.RemoveEmptyEntries).Length;
        return string.Concat(exported.Split("---\n", StringSplitOptions.RemoveEmptyEntries).Select(text =>
        {
            var manifest = Hoop.Cli.Apply.ManifestReader.Parse("x", text).Single();
            return $"{manifest.Kind.Name}/{manifest.Name} unchanged\n";
        })) + $"{documents} unchanged (dry run)\n";
    }
}
