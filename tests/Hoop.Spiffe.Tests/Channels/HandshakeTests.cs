using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hoop.Cli.Agent;
using Hoop.Cli.Agent.Channel;
using Hoop.Spiffe.Channels;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>All agents at once: some at a time get in, the others are told when to come again.</summary>
[Description("P20: after a restart all agents came back in the same second; one such storm fed itself for twelve hours")]
public sealed class HandshakeTests
{
    [Test]
    public async Task Beyond_the_bound_an_agent_is_told_when_to_come_again_and_a_hello_makes_room()
    {
        await using var gateway = await TestGateway.Start(Bound("4"));
        var key = await Key(gateway.Operator, "crowd");
        await using var first = await PlayedAgent.Connect(gateway, key, hello: false);
        await using var second = await PlayedAgent.Connect(gateway, key, hello: false);

        var refused = await Assert.ThrowsAsync<ChannelRefusedException>(() => PlayedAgent.Connect(gateway, key, hello: false));
        Assert.That(refused!.RetryAfter!.Value.TotalSeconds, Is.InRange(1, 5));
        Assert.That(refused.IsDefinite, Is.False, "it says nothing about the credential");

        var (_, other) = await gateway.CreateOrganization("neighbours");
        await using var neighbour = await PlayedAgent.Connect(gateway, await Key(other, "crowd"));
        Assert.That(neighbour.Closed.Task.IsCompleted, Is.False, "half of the bound is for others");

        await first.Hello();
        await using var third = await PlayedAgent.Connect(gateway, key);
        Assert.That(Handshakes(gateway).TurnedAway, Is.EqualTo(1));
    }

    [Test]
    public async Task A_connection_that_ends_before_its_hello_gives_its_turn_back()
    {
        await using var gateway = await TestGateway.Start(Bound("2"));
        var key = await Key(gateway.Operator, "shy");
        await using (await PlayedAgent.Connect(gateway, key, hello: false))
        {
            Assert.That(Handshakes(gateway).Count, Is.EqualTo(1));
        }

        await Eventually.True(() => Handshakes(gateway).Count == 0, () => "its turn was not given back");
        await using var next = await PlayedAgent.Connect(gateway, key);
    }

    [Test]
    public async Task Whoever_is_nobody_takes_no_turn()
    {
        await using var gateway = await TestGateway.Start(Bound("2"));
        var key = await Key(gateway.Operator, "somebody");
        var strangers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async number =>
            await Assert.ThrowsAsync<ChannelRefusedException>(
                () => PlayedAgent.Connect(gateway, $"xagt-{number:D43}", hello: false))));

        Assert.That(strangers.Select(stranger => stranger!.IsDefinite), Has.All.True);
        Assert.That(Handshakes(gateway).TurnedAway, Is.Zero);
        await using var agent = await PlayedAgent.Connect(gateway, key);
    }

    [TestCase(60)]
    [TestCase(2000, Explicit = true, Reason = "by hand: two thousand clients in one process")]
    [CancelAfter(180_000)]
    public async Task After_a_restart_everybody_is_back_within_a_minute(int agents, CancellationToken cancellationToken)
    {
        var settings = Bound("64");
        settings["HOOP_LISTEN"] = $"http://127.0.0.1:{FreePort()}";
        settings["HOOP_AGENT_CHANNELS"] = "10000";
        settings["HOOP_AGENT_CHANNELS_PER_ORG"] = "10000";
        var first = await TestGateway.Start(settings, connection: await TestPostgres.CreateEmptyDatabase());
        var key = AgentCredential.FromKey(await Key(first.Operator, "many"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var options = new AgentOptions { Gateway = first.Address, Credential = key };
        var log = new AgentLog(TextWriter.Null, TimeProvider.System);
        var running = Enumerable.Range(0, agents)
            .Select(_ => Task.Run(() => new AgentRunner(options, log, TimeProvider.System).Run(stop.Token), CancellationToken.None))
            .ToArray();
        await All(first, agents);

        var (connection, ended) = (first.Connection, first.Services.GetRequiredService<AgentChannels>().GatewayId);
        await first.DisposeAsync();
        await using var second = await TestGateway.Start(settings, connection: connection);
        var began = Stopwatch.GetTimestamp();
        var others = Others(second, stop.Token);
        await All(second, agents);
        var took = Stopwatch.GetElapsedTime(began);
        await stop.CancelAsync();
        await Task.WhenAll(running);
        var waits = (await others).Order().ToArray();

        await TestContext.Out.WriteLineAsync(
            $"{agents} agents back after {took.TotalSeconds:F1} s, {Handshakes(second).TurnedAway} turned away; of {waits.Length} other calls "
            + $"half within {waits[waits.Length / 2].TotalMilliseconds:F1} ms, 99 of 100 within {waits[waits.Length * 99 / 100].TotalMilliseconds:F1} ms");
        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(60)));
        var left = await second.Query<long>("SELECT count(*) FROM spiffe.agent_channels WHERE gateway_id = @ended", new { ended });
        Assert.That(left, Is.EqualTo(new[] { 0L }), "channels that ended at once had too few connections to say so");
    }

    /// <summary>Somebody who has nothing to do with agents, until the stop.</summary>
    private static async Task<List<TimeSpan>> Others(TestGateway gateway, CancellationToken stop)
    {
        var waits = new List<TimeSpan>();
        while (!stop.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            Assert.That((await gateway.Operator.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
            waits.Add(Stopwatch.GetElapsedTime(began));
        }

        return waits;
    }

    private static Task<TimeSpan> All(TestGateway gateway, int agents)
    {
        var channels = gateway.Services.GetRequiredService<AgentChannels>();
        return Eventually.True(
            () => channels.All.Count(channel => channel.Counts) == agents,
            () => $"{channels.All.Count(channel => channel.Counts)} of {agents} are there",
            TimeSpan.FromMinutes(2));
    }

    private static Handshakes Handshakes(TestGateway gateway) => gateway.Services.GetRequiredService<Handshakes>();

    private static Dictionary<string, string?> Bound(string handshakes) =>
        new(StringComparer.Ordinal) { ["HOOP_AGENT_HANDSHAKES"] = handshakes };

    private static async Task<string> Key(HttpClient admin, string name) =>
        TestAgent.Secret((await admin.Post("/api/agents", new { name })).Text("token")!);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
