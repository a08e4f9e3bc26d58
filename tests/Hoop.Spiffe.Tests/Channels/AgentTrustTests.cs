using Hoop.Shared;
using Hoop.Spiffe.Contracts;
using Hoop.StandIns;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>Agents that come with a JWT-SVID, and when the trust in them ends.</summary>
public sealed class AgentTrustTests
{
    private const string Audience = "hoop-gateway";

    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    private SpiffeIssuerStandIn _issuer = null!;
    private TestGateway _gateway = null!;
    private string _folder = null!;
    private int _files;

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-svids-").FullName;
        _issuer = await SpiffeIssuerStandIn.Start("trust.test");
        _gateway = await TestGateway.Start(Settings());
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _gateway.DisposeAsync();
        await _issuer.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task An_agent_connects_under_the_name_that_its_mapping_renders_with_the_mappings_groups()
    {
        await CreateAgent("rendered");
        await Map("spiffe://trust.test/rendered/", "{{.WorkloadIdentifier}}", "ops");
        await using var agent = await Connect("rendered", "spiffe://trust.test/rendered/rendered");

        var read = await _gateway.Operator.Get("/api/agents/rendered");
        var row = (await _gateway.AuditOf("agent")).Single(
            row => row.Action == "authenticate" && row.ActorSubject == "spiffe://trust.test/rendered/rendered");

        Assert.That(read.Text("identity"), Is.EqualTo("spiffe://trust.test/rendered/rendered"));
        Assert.That(read["groups"].EnumerateArray().Single().GetString(), Is.EqualTo("ops"));
        Assert.That(
            row.Fields,
            Does.Contain("\"trust_domain\": \"trust.test\"").And.Contain("\"audience\": \"hoop-gateway\"").And.Contain("expires_at").And.Contain("mapping_id"));
    }

    [Test]
    public async Task What_is_left_of_bundles_and_tokens_is_measured()
    {
        using var readings = new Readings(_gateway);
        Assert.That(readings["hoop.spiffe.bundle.age"], Is.InRange(0, 120), readings.ToString());
        Assert.That(readings["hoop.spiffe.bundles{current}"], Is.GreaterThanOrEqualTo(1), readings.ToString());

        await CreateAgent("measured");
        await Map("spiffe://trust.test/measured/", "measured");
        await using var agent = await Connect("measured", "spiffe://trust.test/measured/x");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(readings["hoop.agents.svid.left"], Is.InRange(1, 3600), readings.ToString());
            Assert.That(readings["hoop.agents.connected"], Is.GreaterThanOrEqualTo(1), readings.ToString());
            Assert.That(readings["hoop.agents.handshakes"], Is.Zero, readings.ToString());
        }
    }

    [Test]
    public async Task A_deleted_mapping_closes_the_channel_within_a_second()
    {
        await CreateAgent("unmapped");
        var mapping = await Map("spiffe://trust.test/unmapped/", "unmapped");
        await using var agent = await Connect("unmapped", "spiffe://trust.test/unmapped/x");

        await _gateway.Operator.Delete($"/api/spiffe-mappings/{mapping}");

        Assert.That(await _gateway.Connected("unmapped", replicas: 0), Is.LessThan(AtOnce));
    }

    [Test]
    public async Task A_changed_mapping_moves_the_agent_to_what_it_says_now()
    {
        await CreateAgent("before");
        await CreateAgent("after");
        var mapping = await Map("spiffe://trust.test/moved/", "before");
        await using var agent = await Connect("before", "spiffe://trust.test/moved/x");

        await _gateway.Operator.Put(
            $"/api/spiffe-mappings/{mapping}",
            new { trust_domain = "trust.test", spiffe_prefix = "spiffe://trust.test/moved/", agent_template = "after" });

        Assert.That(await _gateway.Connected("before", replicas: 0), Is.LessThan(AtOnce));
        await _gateway.Connected("after");
    }

    [Test]
    public async Task A_more_specific_mapping_takes_over_a_connected_identity()
    {
        await CreateAgent("general");
        await CreateAgent("special");
        await Map("spiffe://trust.test/layered/", "general");
        await using var agent = await Connect("general", "spiffe://trust.test/layered/deep/x");

        await Map("spiffe://trust.test/layered/deep/", "special");

        await _gateway.Connected("special");
        await _gateway.Connected("general", replicas: 0);
    }

    [Test]
    public async Task A_key_that_leaves_the_bundle_closes_the_channels_it_vouched_for()
    {
        await CreateAgent("withdrawn");
        await Map("spiffe://trust.test/withdrawn/", "withdrawn");
        await using var issuer = await SpiffeIssuerStandIn.Start("withdrawn.test");
        await _gateway.Operator.Post(
            "/api/spiffe-mappings",
            new { trust_domain = "withdrawn.test", spiffe_prefix = "spiffe://withdrawn.test/", agent_template = "withdrawn" });
        var domain = await _gateway.Operator.Post("/api/trust-domains", new { name = "withdrawn.test", bundle_url = issuer.BundleUrl });
        await using var agent = TestAgent.WithSvidFile(_gateway, Write(issuer.MintSvid("spiffe://withdrawn.test/x", Audience)));
        await _gateway.Connected("withdrawn");

        issuer.RemoveKey(issuer.SigningKey.KeyId);
        await _gateway.Operator.Post($"/api/trust-domains/{domain.Text("id")}/refresh");

        Assert.That(await _gateway.Connected("withdrawn", replicas: 0), Is.LessThan(AtOnce));
    }

    [Test]
    public async Task An_expired_SVID_closes_the_channel()
    {
        await CreateAgent("expiring");
        await Map("spiffe://trust.test/expiring/", "expiring");
        await using var agent = await Connect("expiring", "spiffe://trust.test/expiring/x", TimeSpan.FromSeconds(2));

        await Eventually.True(
            () => Task.FromResult(agent.Log.Contains("credential_expired", StringComparison.Ordinal)), "the channel outlived its SVID");

        await _gateway.Connected("expiring", replicas: 0);
    }

    [Test]
    public async Task A_renewed_SVID_keeps_the_channel_and_the_work_on_it()
    {
        await CreateAgent("renewed");
        await Map("spiffe://trust.test/renewed/", "renewed");
        var file = Write(_issuer.MintSvid("spiffe://trust.test/renewed/x", Audience, TimeSpan.FromSeconds(4)));
        await using var agent = TestAgent.WithSvidFile(_gateway, file);
        await _gateway.Connected("renewed");
        var channel = await Channel("renewed");

        var work = Execute("renewed", "sleep 6; echo done");
        await File.WriteAllTextAsync(file, _issuer.MintSvid("spiffe://trust.test/renewed/x", Audience, TimeSpan.FromMinutes(5)));

        Assert.That((await work).Output, Is.EqualTo("done\n"), agent.Log);
        Assert.That(await Channel("renewed"), Is.EqualTo(channel), "it is still the first channel");
    }

    [Test]
    public async Task A_channel_is_not_renewed_by_another_identity_of_the_same_agent()
    {
        await CreateAgent("steady");
        await Map("spiffe://trust.test/steady/", "steady");
        await Map("spiffe://trust.test/steady/y/", "steady");
        await using var agent = await PlayedAgent.Connect(_gateway, _issuer.MintSvid("spiffe://trust.test/steady/x", Audience));

        Assert.That(await agent.Renew(_issuer.MintSvid("spiffe://trust.test/steady/z", Audience)), Is.False, "of the same mapping");
        Assert.That(await agent.Renew(_issuer.MintSvid("spiffe://trust.test/steady/y/x", Audience)), Is.False, "of another mapping");

        Assert.That(await agent.Renew(_issuer.MintSvid("spiffe://trust.test/steady/x", Audience)), Is.True, "its own");
        Assert.That((await _gateway.Operator.Get("/api/agents/steady")).Text("identity"), Is.EqualTo("spiffe://trust.test/steady/x"));
        var rows = (await _gateway.AuditOf("agent")).Where(
            row => row.ActorSubject.StartsWith("spiffe://trust.test/steady/", StringComparison.Ordinal));
        Assert.That(
            rows.Select(row => (row.ActorSubject, row.Fields.Contains("\"renewed\": true", StringComparison.Ordinal))),
            Is.EqualTo(new[] { ("spiffe://trust.test/steady/x", false), ("spiffe://trust.test/steady/x", true) }));
    }

    [Test]
    public async Task What_one_gateway_changes_closes_channels_on_another_within_a_second()
    {
        await CreateAgent("shared");
        var mapping = await Map("spiffe://trust.test/shared/", "shared");
        await using var agent = await Connect("shared", "spiffe://trust.test/shared/x");
        await using var replica = await TestGateway.Start(Settings(), connection: _gateway.Connection);

        Assert.That(
            (await replica.Operator.Get("/api/agents/shared")).Text("status"), Is.EqualTo("CONNECTED"), "the replica knows of the channel");
        await replica.Operator.Delete($"/api/spiffe-mappings/{mapping}");

        Assert.That(await _gateway.Connected("shared", replicas: 0), Is.LessThan(AtOnce));
    }

    [Test]
    public async Task A_refused_SVID_gets_no_channel_and_the_agent_keeps_trying_until_it_is_mapped()
    {
        await CreateAgent("patient");
        await using var agent = TestAgent.WithSvidFile(_gateway, Write(_issuer.MintSvid("spiffe://trust.test/patient/x", Audience)));
        await Eventually.True(() => Task.FromResult(agent.Log.Contains("401", StringComparison.Ordinal)), "the agent was not refused");

        await Map("spiffe://trust.test/patient/", "patient");

        await _gateway.Connected("patient");
    }

    private Dictionary<string, string?> Settings() => new()
    {
        ["HOOP_SPIFFE_MODE"] = "enforce",
        ["HOOP_SPIFFE_TRUST_DOMAIN"] = "trust.test",
        ["HOOP_SPIFFE_BUNDLE_URL"] = _issuer.BundleUrl,
        ["HOOP_SPIFFE_ALLOW_LOOPBACK_HTTP"] = "true",
        ["HOOP_SPIFFE_LEEWAY"] = "0s",
    };

    private async Task CreateAgent(string name) => await _gateway.Operator.Post("/api/agents", new { name });

    private async Task<string> Map(string prefix, string template, params string[] groups)
    {
        var reply = await _gateway.Operator.Post(
            "/api/spiffe-mappings", new { trust_domain = "trust.test", spiffe_prefix = prefix, agent_template = template, groups });
        return reply.Text("id")!;
    }

    private async Task<TestAgent> Connect(string name, string spiffeId, TimeSpan? lifetime = null)
    {
        var agent = TestAgent.WithSvidFile(_gateway, Write(_issuer.MintSvid(spiffeId, Audience, lifetime)));
        await _gateway.Connected(name);
        return agent;
    }

    private string Write(string svid)
    {
        var file = Path.Combine(_folder, $"svid-{Interlocked.Increment(ref _files)}.jwt");
        File.WriteAllText(file, svid);
        return file;
    }

    private async Task<Guid> Channel(string agent) =>
        (await _gateway.Query<Guid>("SELECT c.id FROM spiffe.agent_channels AS c JOIN spiffe.agents AS a ON a.id = c.agent_id WHERE a.name = @agent", new { agent })).Single();

    private async Task<AgentExecution> Execute(string agent, string script)
    {
        await using var scope = _gateway.Services.CreateAsyncScope();
        var sender = scope.ServiceProvider.GetRequiredService<ISender>();
        var found = await sender.Send(new FindAgent(DefaultOrganization.Id, agent));
        return await sender.Send(
            new ExecuteOnAgent(DefaultOrganization.Id, found!.Id, ["sh", "-c", script], new Dictionary<string, string>(), "",
                TimeSpan.FromSeconds(30)));
    }
}
