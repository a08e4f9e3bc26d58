using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using Hoop.Shared;
using Hoop.Spiffe.Channels;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using MediatR;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>What a hostile or broken agent may take, say and leave behind.</summary>
public sealed class ChannelRulesTests : GatewayFixture
{
    protected override Task<Dictionary<string, string?>?> Settings() =>
        Task.FromResult<Dictionary<string, string?>?>(new() { ["HOOP_AGENT_CHANNELS"] = "3" });

    [Test]
    public async Task A_channel_without_hello_gets_no_work_and_is_closed_after_ten_seconds()
    {
        var (id, key) = await Create();
        var started = Stopwatch.GetTimestamp();
        await using var agent = await PlayedAgent.Connect(Gateway, key, hello: false);

        var execution = await Execute(id);

        Assert.That(execution.Outcome, Is.EqualTo(AgentExecutionOutcome.NotConnected));
        Assert.That(agent.Asked.Task.IsCompleted, Is.False);
        Assert.That(await agent.Closing.Task.WaitAsync(TimeSpan.FromSeconds(30)), Is.EqualTo("no_hello"));
        Assert.That(Stopwatch.GetElapsedTime(started), Is.GreaterThan(TimeSpan.FromSeconds(9)));
        Assert.That(await RowsOf(id), Is.Empty);
    }

    [Test]
    public async Task A_channel_whose_audit_row_cannot_be_written_gets_no_work()
    {
        var (id, key) = await Create();
        await Gateway.Execute("ALTER TABLE identity.audit_events ADD CONSTRAINT no_room CHECK (action <> 'authenticate') NOT VALID");
        try
        {
            Assert.That(async () => await PlayedAgent.Connect(Gateway, key), Throws.InstanceOf<HubException>());
            Assert.That((await Execute(id)).Outcome, Is.EqualTo(AgentExecutionOutcome.NotConnected));
            Assert.That((await Admin.Get($"/api/agents/{id}"))["replicas"].GetInt32(), Is.Zero);
        }
        finally
        {
            await Gateway.Execute("ALTER TABLE identity.audit_events DROP CONSTRAINT no_room");
        }
    }

    [Test]
    public async Task A_thousand_hellos_leave_one_row_and_close_the_channel()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, key);

        for (var hello = 0; hello < 1000 && !agent.Closing.Task.IsCompleted; hello++)
        {
            try
            {
                await agent.Hello();
            }
            catch (Exception exception) when (exception is HubException or InvalidOperationException or OperationCanceledException
                or IOException)
            {
                // Refused, or closed already.
            }
        }

        Assert.That(await agent.Closing.Task, Is.EqualTo("protocol_violation"));
        Assert.That(await RowsOf(id), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task An_agent_has_only_so_many_channels()
    {
        var (id, key) = await Create();
        var agents = new List<PlayedAgent>();
        for (var channel = 0; channel < 3; channel++)
        {
            agents.Add(await PlayedAgent.Connect(Gateway, key));
        }

        await using var fourth = await PlayedAgent.Connect(Gateway, key, hello: false);
        Assert.That(await fourth.Closing.Task, Is.EqualTo("too_many_channels"));

        await agents[0].DisposeAsync();
        await Gateway.Connected(id.ToString(), replicas: 2);
        agents[0] = await PlayedAgent.Connect(Gateway, key);
        await Gateway.Connected(id.ToString(), replicas: 3);
        foreach (var agent in agents)
        {
            await agent.DisposeAsync();
        }
    }

    [Test]
    public async Task An_unknown_call_is_refused_without_its_name_and_the_third_closes_the_channel()
    {
        var (_, key) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, key);
        var name = new string('x', 100_000);

        var first = Assert.ThrowsAsync<HubException>(async () => await agent.Hub.InvokeAsync(name, 1));
        var second = Assert.ThrowsAsync<HubException>(async () => await agent.Hub.InvokeAsync(nameof(IAgentGateway.Renew), 1, 2, 3));
        Assert.That(agent.Closing.Task.IsCompleted, Is.False);
        await agent.Hub.SendAsync("Execute");

        Assert.That(await agent.Closing.Task, Is.EqualTo("protocol_violation"));
        Assert.That((await first)!.Message, Has.Length.LessThan(200).And.Not.Contain("xxx"));
        Assert.That((await second)!.Message, Does.Contain("does not take this message"));
        Assert.That(Gateway.Logs.Lines, Has.None.Contains("xxxxxxxx"));
    }

    [Test]
    public async Task A_long_message_of_an_agent_without_work_ends_its_channel_and_one_with_work_may_send_it()
    {
        var (id, key) = await Create();
        await using var idle = await PlayedAgent.Connect(Gateway, key);
        await idle.Hub.SendAsync(nameof(IAgentGateway.Renew), new string('a', 300 * 1024));
        await idle.Closed.Task.WaitAsync(TimeSpan.FromSeconds(20));
        await Gateway.Connected(id.ToString(), replicas: 0);

        await using var busy = await PlayedAgent.Connect(
            Gateway,
            key,
            request => Task.FromResult(new ExecutionResult(request.Id, ExecutionStatus.Success, 0, new string('\u0001', 1024 * 1024),
                Truncated: false)));
        var execution = await Execute(id);

        Assert.That((execution.Outcome, execution.Output.Length), Is.EqualTo((AgentExecutionOutcome.Success, 1024 * 1024)));
        Assert.That(Gateway.Services.GetRequiredService<MessageBudget>().SmallBytes, Is.Zero, "everything was given back");
    }

    [Test]
    public async Task A_key_does_not_renew_a_channel_of_another_kind_and_each_renewal_has_its_row()
    {
        var (id, key) = await Create();
        var (_, other) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, key);

        Assert.That(await agent.Renew(other), Is.False);
        Assert.That(await agent.Renew(""), Is.False);
        Assert.That(await agent.Renew(key), Is.True);

        var rows = await RowsOf(id);
        Assert.That(rows.Select(row => row.Fields.Contains("\"renewed\": true", StringComparison.Ordinal)), Is.EqualTo([false, true]));
    }

    [Test]
    public async Task Presence_comes_back_after_another_gateway_swept_it()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, key);
        var before = (await Admin.Get($"/api/agents/{id}")).Text("hostname");
        await Gateway.Execute("DELETE FROM spiffe.agent_channels WHERE agent_id = @id", new { id });
        Assert.That((await Admin.Get($"/api/agents/{id}"))["replicas"].GetInt32(), Is.Zero);

        await Presence().Write(CancellationToken.None);

        var after = await Admin.Get($"/api/agents/{id}");
        Assert.That((after["replicas"].GetInt32(), after.Text("hostname"), after.Text("identity")), Is.EqualTo((1, before, "key")));
    }

    [Test]
    public async Task Presence_leaves_no_row_of_a_channel_or_an_agent_that_went()
    {
        var (id, key) = await Create();
        await using (await PlayedAgent.Connect(Gateway, key))
        {
            await Gateway.Connected(id.ToString());
        }

        await Gateway.Connected(id.ToString(), replicas: 0);
        await Presence().Write(CancellationToken.None);
        Assert.That(await Gateway.Query<Guid>("SELECT id FROM spiffe.agent_channels WHERE agent_id = @id", new { id }), Is.Empty);
    }

    [Test]
    public async Task Stuck_channels_of_one_agent_do_not_delay_the_closing_of_anothers()
    {
        var (other, slow) = await Create();
        var sockets = new List<ClientWebSocket>();
        for (var channel = 0; channel < 3; channel++)
        {
            // Says hello and never reads again.
            sockets.Add(await Raw(slow, """{"type":1,"invocationId":"1","target":"Hello","arguments":[{}]}"""));
        }

        var created = await Admin.Post("/api/agents", new { name = Fresh("quick") });
        await using var quick = TestAgent.WithKey(Gateway, created.Text("token")!);
        await Gateway.Connected(created.Text("id")!);
        await Gateway.Connected($"{other}", replicas: 3);

        await Admin.Post($"/api/agents/{other}/rotate-key");
        await Admin.Post($"/api/agents/{created.Text("id")}/rotate-key");

        (await Gateway.Connected(created.Text("id")!, replicas: 0)).IsAtOnce();
        sockets.ForEach(socket => socket.Dispose());
    }

    [Test]
    public async Task Only_auditors_and_admins_see_whom_to_imitate()
    {
        var (id, key) = await Create();
        await using var agent = await PlayedAgent.Connect(Gateway, key);

        foreach (var (client, sees) in new[] { (Admin, true), (await ClientIn("auditor"), true), (await ClientIn("devs"), false),
            (Gateway.As(key), false) })
        {
            var one = (await client.Get($"/api/agents/{id}")).Body;
            var listed = (await client.Get("/api/agents")).Body.EnumerateArray().Single(item => item.GetProperty("id").GetGuid() == id);
            foreach (var shown in new[] { one, listed })
            {
                Assert.That(
                    (shown.GetProperty("identity").GetString(), shown.GetProperty("hostname").GetString()),
                    Is.EqualTo(sees ? ("key", "played") : ("", "")));
                Assert.That(shown.GetProperty("status").GetString(), Is.EqualTo("CONNECTED"));
            }
        }
    }

    [Test]
    public async Task A_proxy_that_passes_no_upgrade_on_is_told_so()
    {
        var (_, key) = await Create();

        var reply = await Gateway.As(key).Get("/api/agents/channel");

        Assert.That(((int)reply.Status, reply.Code), Is.EqualTo((426, "upgrade_required")));
        Assert.That(reply.Message, Does.Contain("proxy").And.Contain("Upgrade"));
        Assert.That(reply.Response.Headers.Upgrade.Single().Name, Is.EqualTo("websocket"));
    }

    [Test]
    public void Silence_and_misconduct_have_an_end()
    {
        var clock = new FakeClock();
        var channel = new AgentChannel(
            new NoContext(),
            null!,
            new Standing("x", new AuthenticatedAgent(Guid.NewGuid(), Guid.NewGuid(), "a", "key", null, [], null, null)),
            clock);

        clock.Advance(AgentTrust.LongestSilence);
        Assert.That(channel.Silence, Is.EqualTo(AgentTrust.LongestSilence));
        channel.Heard();
        Assert.That(channel.Silence, Is.EqualTo(TimeSpan.Zero));

        Assert.That((channel.Misbehaved(), channel.Misbehaved(), channel.Misbehaved()), Is.EqualTo((false, false, true)));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.That(channel.Misbehaved(), Is.False, "what was long ago is forgotten");
        Assert.That(channel.Standing.ToString(), Does.Not.Contain("x }").And.Contain("a"));
    }

    private async Task<ClientWebSocket> Raw(string key, params string[] messages)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        await socket.ConnectAsync(
            new UriBuilder(Gateway.Address) { Scheme = "ws", Path = AgentChannelPath.Path }.Uri, CancellationToken.None);
        foreach (var message in messages.Prepend("""{"protocol":"json","version":1}"""))
        {
            await socket.SendAsync(
                Encoding.UTF8.GetBytes(message + '\u001e'), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }

        return socket;
    }

    private AgentPresence Presence() =>
        Gateway.Services.GetServices<Microsoft.Extensions.Hosting.IHostedService>().OfType<AgentPresence>().Single();

    private async Task<IReadOnlyList<AuditRow>> RowsOf(Guid id) =>
        [.. (await Gateway.AuditOf("agent")).Where(row => row.Action == "authenticate" && row.ResourceId == id.ToString())];

    private async Task<(Guid Id, string Key)> Create()
    {
        var created = await Admin.Post("/api/agents", new { name = Fresh("ruled") });
        return (Guid.Parse(created.Text("id")!), TestAgent.Secret(created.Text("token")!));
    }

    private async Task<AgentExecution> Execute(Guid agentId)
    {
        await using var scope = Gateway.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(
            new ExecuteOnAgent(DefaultOrganization.Id, agentId, ["true"], new Dictionary<string, string>(), "", TimeSpan.FromSeconds(20)));
    }

    /// <summary>A connection that is nowhere.</summary>
    private sealed class NoContext : HubCallerContext
    {
        public override string ConnectionId => "none";

        public override string? UserIdentifier => null;

        public override System.Security.Claims.ClaimsPrincipal? User => null;

        public override IDictionary<object, object?> Items { get; } = new Dictionary<object, object?>();

        public override Microsoft.AspNetCore.Http.Features.IFeatureCollection Features { get; } =
            new Microsoft.AspNetCore.Http.Features.FeatureCollection();

        public override CancellationToken ConnectionAborted => default;

        public override void Abort()
        {
        }
    }
}
