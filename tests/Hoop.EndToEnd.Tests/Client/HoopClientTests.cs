using System.Net;
using System.Text.Json;
using Hoop.Client;
using Hoop.Client.Tokens;
using Hoop.Client.Wire;
using Hoop.EndToEnd.Tests.Cli;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Client;

/// <summary>The client as a program uses it, against a gateway.</summary>
public sealed class HoopClientTests
{
    private TestGateway _gateway = null!;
    private HoopClient _hoop = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _hoop = new HoopClient(_gateway.Address, TestGateway.AdminToken);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task A_resource_lives_from_create_to_delete()
    {
        AgentKey key = await _hoop.Agents.Create(new CreateAgentRequest("typed"));
        Hoop.Client.Agent agent = await _hoop.Agents.Get("typed");
        ConnectionView connection = await _hoop.Connections.Create(new ConnectionBody(
            "typed-connection", "custom", Command: ["bq"], Secret: new Dictionary<string, string> { ["envvar:A"] = "Yg==" }, AgentId: agent.Id));
        var why = await Assert.ThrowsAsync<HoopRefusedException>(() => _hoop.Agents.Delete("typed"));
        var deleted = await _hoop.Agents.Delete("typed", cascade: true);

        Assert.That((key.Id, key.Name), Is.EqualTo((agent.Id, "typed")));
        Assert.That(key.Token, Does.Contain("xagt-"));
        Assert.That((connection.AgentId, connection.Status), Is.EqualTo(((Guid?)agent.Id, "offline")));
        Assert.That((why!.Status, why.Code), Is.EqualTo((HttpStatusCode.Conflict, "agent_in_use")));
        Assert.That(why.Body!.UsedBy!.Single().Name, Is.EqualTo("typed-connection"));
        Assert.That(deleted.Value!.DeletedWithIt.Single().Name, Is.EqualTo("typed-connection"));
    }

    [Test]
    public async Task A_list_is_read_page_by_page_as_far_as_somebody_goes()
    {
        for (var number = 0; number < 5; number++)
        {
            await _hoop.Agents.Create(new CreateAgentRequest($"paged-{number}"));
        }

        var all = new List<string>();
        await foreach (var agent in _hoop.Agents.List(pageSize: 2))
        {
            all.Add(agent.Name);
        }

        var pages = new List<int>();
        await foreach (var page in _hoop.Agents.List(pageSize: 2).Pages())
        {
            pages.Add(page.Value.Count);
        }

        Assert.That(
            all.Where(name => name.StartsWith("paged-", StringComparison.Ordinal)),
            Is.EqualTo(Enumerable.Range(0, 5).Select(number => $"paged-{number}")));
        Assert.That(pages, Is.All.LessThanOrEqualTo(2));
        Assert.That(pages, Has.Count.GreaterThan(2));
        Assert.That((await _hoop.Agents.List(pageSize: 3).All()).Select(agent => agent.Name), Is.EqualTo(all));
    }

    [Test]
    public async Task The_audit_trail_goes_on_where_its_own_cursor_leads()
    {
        for (var number = 0; number < 3; number++)
        {
            await _hoop.FeatureFlags.Set("experimental.iam_federation", new SetFeatureFlagBody(number % 2 == 0));
        }

        var events = await _hoop.Audit.List(resourceType: "feature_flag", pageSize: 2).All();

        Assert.That(events, Has.Count.GreaterThanOrEqualTo(3));
        Assert.That(events.Select(one => one.Id), Is.Unique.And.Ordered.Descending);
    }

    [Test]
    public async Task A_refusal_says_code_message_and_field()
    {
        var bad = await Assert.ThrowsAsync<HoopRefusedException>(() => _hoop.Agents.Create(new CreateAgentRequest("no good")));
        var missing = await Assert.ThrowsAsync<HoopRefusedException>(() => _hoop.Agents.Get("nobody"));
        var store = await Assert.ThrowsAsync<HoopRefusedException>(
            () => _hoop.V1.Write("identity/entity", JsonElement.Parse("""{"policies": 5, "metadata": "x"}""")));

        Assert.That((bad!.Field, bad.Body!.Fields!.Keys), Is.EqualTo(("name", new[] { "name" })));
        Assert.That(bad.Message, Does.StartWith("name: "));
        Assert.That((missing!.Status, missing.Code), Is.EqualTo((HttpStatusCode.NotFound, "not_found")));
        Assert.That((int)store!.Status, Is.InRange(400, 499));
    }

    [Test]
    public async Task The_answer_is_there_as_it_came()
    {
        var raw = await _gateway.Operator.GetStringAsync("/api/serverinfo");
        var typed = await _hoop.Server.GetInfo();

        Assert.That(typed.Raw.Text, Is.EqualTo(raw));
        Assert.That(typed.Value.FeatureFlags, Contains.Key("experimental.iam_federation"));
    }

    [Test]
    public async Task The_store_is_read_and_written_by_its_paths()
    {
        await _hoop.V1.Write("identity/entity", JsonElement.Parse("""{"name":"client-made","policies":["readers"]}"""));
        var entity = await _hoop.V1.Read("identity/entity/name/client-made");
        var names = await _hoop.V1.List("identity/entity/name");
        await _hoop.V1.Delete("identity/entity/name/client-made");

        Assert.That(entity!.Value.GetProperty("policies")[0].GetString(), Is.EqualTo("readers"));
        Assert.That(names, Contains.Item("client-made"));
        Assert.That(await _hoop.V1.Read("identity/entity/name/client-made"), Is.Null);
    }

    [Test]
    public async Task What_is_open_sends_no_token()
    {
        await using var stub = await StubGateway.Start();
        stub.On("GET /api/publicserverinfo", 200, """{"auth_method":"oidc"}""").On("GET /api/serverinfo", 200, "{}");
        using var client = new HoopClient(stub.Address, "canary");

        await client.Server.GetPublicInfo();
        await client.Server.GetInfo();

        Assert.That(stub.Requests.Select(request => request.Authorization), Is.EqualTo(new[] { null, "Bearer canary" }));
    }

    [Test]
    public async Task A_redirect_is_a_refusal_and_the_token_does_not_follow()
    {
        await using var elsewhere = await StubGateway.Start();
        await using var stub = await StubGateway.Start();
        stub.On("GET /api/agents/web", 307, "", $"Location: {elsewhere.Address}api/agents/web");
        using var client = new HoopClient(stub.Address, "canary");

        await Assert.ThatAsync(() => client.Agents.Get("web"), Throws.InstanceOf<HoopRefusedException>());

        Assert.That(elsewhere.Requests, Is.Empty);
    }

    [Test]
    public async Task No_answer_is_told_apart_from_a_refusal()
    {
        using var client = new HoopClient(new Uri("http://127.0.0.1:1"), "x");
        await using var stub = await StubGateway.Start();
        stub.On("GET /api/agents/web", 200, "<html>");
        using var other = new HoopClient(stub.Address, "x");

        var silence = await Assert.ThrowsAsync<HoopUnreachableException>(() => client.Agents.Get("web"));

        Assert.That((silence!.TimedOut, silence.InnerException), Is.EqualTo((false, silence.InnerException as HttpRequestException)));
        await Assert.ThatAsync(() => other.Agents.Get("web"), Throws.InstanceOf<HoopException>().With.Message.Contains("expected JSON"));
    }

    [Test]
    public void Secrets_are_never_printed()
    {
        object[] printed =
        [
            new AgentKey(Guid.Empty, "n", "canary"), new HoopToken("canary", null),
            new ConnectionBody(Secret: new Dictionary<string, string> { ["a"] = "canary" }),
            new ClientCredentials(new Uri("https://idp.example"), "id", "canary"), new SignInBody(IdToken: "canary"),
            new HoopCall(HttpMethod.Get, "/api/x") { Token = "canary" },
            new HoopAnswer(HttpMethod.Get, new Uri("https://x"), HttpStatusCode.OK, "canary"),
        ];

        Assert.That(printed.Select(one => one.ToString()), Has.None.Contains("canary"));
    }

    [TestCase(".")]
    [TestCase("..")]
    [TestCase("")]
    public void A_name_that_would_be_resolved_away_is_refused(string name) =>
        Assert.That(() => _hoop.Agents.Get(name), Throws.InstanceOf<ArgumentException>());
}
