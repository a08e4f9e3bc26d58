using System.Text.Json;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Commands against a gateway: tokens, organizations, the audit trail, trust domains, the identity store.</summary>
public sealed class NewCommandTests
{
    private TestGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _hoop = new HoopProcess(_gateway.Address, TestGateway.AdminToken);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task A_token_of_the_organization_is_made_used_and_revoked()
    {
        var made = await _hoop.Run("admin", "create", "token", "ci", "--groups", "auditor", "--expires-in", "24h");
        using var ci = new HoopProcess(_gateway.Address, made.Out.Trim());
        var me = await ci.Run("whoami", "-o", "json");
        var again = await _hoop.Run("admin", "create", "token", "ci");
        var listed = await Succeeds("admin", "get", "tokens", "-o", "name");
        var deleted = await Succeeds("admin", "delete", "token", "ci");
        var after = await ci.Run("whoami");
        var gone = await _hoop.Run("admin", "delete", "token", "ci");

        Assert.That(made.Error, Does.Match(@"^note: token ""ci"" created; it is shown this once, and ends at \d{4}-"));
        Assert.That(JsonElement.Parse(me.Out).GetProperty("kind").GetString(), Is.EqualTo("api_token"));
        Assert.That(again.Error, Is.EqualTo("error: token \"ci\" exists already (409); delete it first, or take another name\n"));
        Assert.That(listed.Out, Does.Contain("token/ci\n"));
        Assert.That(deleted.Out, Is.EqualTo("token \"ci\" deleted\n"));
        Assert.That(after.Code, Is.EqualTo(1));
        Assert.That(gone.Error, Is.EqualTo("error: there is no token \"ci\"; see hoop admin get tokens\n"));
    }

    [Test]
    public async Task An_organization_is_renamed_limited_and_let_in_again()
    {
        await Succeeds("admin", "create", "org", "acme");
        var renamed = await Succeeds("admin", "update", "org", "acme", "--name", "acme-europe");
        var set = await Succeeds("admin", "update", "quotas", "acme-europe", "--set", "agents=5");
        var back = await Succeeds("admin", "update", "quotas", "acme-europe", "--set", "agents=default", "-o", "json");
        var bad = await _hoop.Run("admin", "update", "quotas", "acme-europe", "--set", "agents=many");
        var token = await Succeeds("admin", "create", "admin-token", "acme-europe");
        using var admin = new HoopProcess(_gateway.Address, token.Out.Trim());
        var me = await admin.Run("whoami", "-o", "json");

        Assert.That(renamed.Out, Is.EqualTo("org \"acme\" is now \"acme-europe\"\n"));
        Assert.That(set.Out, Does.Match(@"(^|\n)agents +5 +organization\n"));
        Assert.That(back.Out, Does.Contain("\"kind\":\"agents\"").And.Not.Contain("\"organization\""));
        Assert.That(bad.Error, Is.EqualTo("error: --set agents=many: write KIND=N with a whole number, or KIND=default\n"));
        Assert.That(JsonElement.Parse(me.Out).GetProperty("org_name").GetString(), Is.EqualTo("acme-europe"));
    }

    [Test]
    public async Task The_audit_trail_is_read_and_filtered()
    {
        await Succeeds("admin", "create", "agent", "audited");
        var one = await Succeeds("admin", "get", "audit", "-q", "resource_type=agent", "-q", "action=create", "-q", "page_size=1");
        var wrong = await _hoop.Run("admin", "get", "audit", "-q", "resource=agent");

        Assert.That(one.Out, Does.Match("^TIME +ACTOR +KIND +ACTION +RESOURCE +OUTCOME +FAILURE\n.* operator +create +agent/[0-9a-f-]+ +success +-\n$"));
        Assert.That(wrong.Error, Does.StartWith("error: -q resource=agent: there is no such filter; "));
    }

    [Test]
    public async Task A_trust_domain_is_changed_and_fetched_anew()
    {
        var keys = _hoop.File("bundle.json", """{"keys":[]}""");
        await Succeeds("admin", "create", "trust-domain", "change.example", "--bundle-jwks", keys);
        var taken = await _hoop.Run("admin", "create", "trust-domain", "change.example", "--bundle-jwks", keys);
        var changed = await Succeeds("admin", "update", "trust-domain", "change.example", "--bundle-jwks", keys, "--refresh-seconds", "60");
        var refreshed = await _hoop.Run("admin", "refresh", "trust-domain", "change.example");
        var names = await Succeeds("admin", "get", "trust-domain-names");

        Assert.That(taken.Error, Does.EndWith("change it with: hoop admin update trust-domain change.example\n"));
        Assert.That(changed.Out, Is.EqualTo("trust-domain \"change.example\" updated\n"));
        Assert.That(refreshed.Out + refreshed.Error, Does.Contain("trust-domain \"change.example\""));
        Assert.That(names.Out, Does.Match(@"change\.example +[0-9a-f-]+ +\w+ +\S+ +true\n"));
    }

    [Test]
    public async Task The_identity_store_is_kept()
    {
        var policy = _hoop.File("readers.hcl", "path \"secret/*\" { capabilities = [\"read\"] }");
        await Succeeds("admin", "create", "policy", "readers", "--file", policy);
        await Succeeds("admin", "create", "entity", "jane", "--policies", "readers", "--metadata", "team=blue");
        var twice = await _hoop.Run("admin", "create", "entity", "jane");
        await Succeeds("admin", "create", "group", "ops", "--entities", "jane");
        await Succeeds("admin", "update", "entity", "jane", "--disable");
        var entity = await Succeeds("admin", "get", "entity", "jane", "-o", "json");
        var table = await Succeeds("admin", "get", "entities");
        var described = await Succeeds("admin", "describe", "group", "ops");
        var mounts = await Succeeds("admin", "get", "mounts", "-o", "name");
        await Succeeds("admin", "delete", "group", "ops");
        await Succeeds("admin", "delete", "entity", "jane");
        var gone = await _hoop.Run("admin", "delete", "entity", "jane");
        await Succeeds("admin", "delete", "policy", "readers");
        var missing = await _hoop.Run("admin", "update", "policy", "readers", "--file", policy);

        Assert.That(twice.Error, Is.EqualTo("error: entity \"jane\" exists already; change it with: hoop admin update entity jane\n"));
        var data = JsonElement.Parse(entity.Out).GetProperty("data");
        Assert.That(
            (data.GetProperty("disabled").GetBoolean(), data.GetProperty("metadata").GetProperty("team").GetString()),
            Is.EqualTo((true, "blue")));
        Assert.That(table.Out, Does.Match(@"[0-9a-f-]{36} +jane +true +-\n"));
        Assert.That(described.Out, Does.Contain("Name:                   ops\n").And.Contain("Member Entity IDs:"));
        Assert.That(mounts.Out, Does.Contain("mount/token/\n"));
        Assert.That(gone.Error, Is.EqualTo("error: there is no entity \"jane\"; see hoop admin get entities\n"));
        Assert.That(missing.Error, Is.EqualTo("error: there is no policy \"readers\"; create it with: hoop admin create policy readers\n"));
    }

    [Test]
    public async Task Nobody_owns_a_principal_yet()
    {
        var listed = await Succeeds("admin", "get", "principals");
        var released = await _hoop.Run("admin", "release", "principal", "alice@my-proj.iam.gserviceaccount.com");

        Assert.That(listed.Error, Is.EqualTo("No resources found\n"));
        Assert.That(released.Error, Does.StartWith("error: nobody owns this principal (404)"));
    }

    private async Task<Ran> Succeeds(params string[] arguments)
    {
        var ran = await _hoop.Run(arguments);
        Assert.That(ran.Code, Is.Zero, $"{string.Join(' ', arguments)}: {ran.Out}{ran.Error}");
        return ran;
    }
}
