using System.Net;
using System.Net.Sockets;
using Hoop.Shared;
using Hoop.Spiffe.Contracts;
using Hoop.Spiffe.Contracts.AgentChannel;
using Hoop.Testing;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>
/// Two gateways behind a load balancer, one of which is told to stop: its agents have a channel at the other before they lose theirs.
/// </summary>
[Description("C14")]
public sealed class LeavingGatewayTests
{
    [Test]
    public async Task No_command_fails_that_starts_while_a_gateway_leaves_and_none_that_runs_is_ended()
    {
        await using var gateways = await TwoGateways.Start();
        await using var balancer = new Balancer(gateways.First.Address);
        var created = await gateways.First.Operator.Post("/api/agents", new { name = "moving" });
        var id = Guid.Parse(created.Text("id")!);
        await using var agent = TestAgent.At(balancer.Address, created.Text("token")!);
        await gateways.First.Connected("moving");
        var (begun, end) = (Scratch("begun"), Scratch("end"));
        var running = Execute(gateways.First, id, $"touch '{begun}'; while [ ! -e '{end}' ]; do sleep 0.05; done; echo whole");
        await Eventually.True(() => Task.FromResult(File.Exists(begun)), "the command did not start");

        await Leave(gateways.First);

        // A balancer that learns slowly leads back to the one that leaves; it turns the agent away.
        await Says(agent, "trying another gateway");
        Assert.That(agent.Log, Does.Contain("HTTP 503"));
        var before = await Execute(gateways.First, id, "echo still here");
        balancer.Target = gateways.Second.Address;
        var soon = Execute(gateways.Second, id, "echo on its way");
        await gateways.Second.Connected("moving", replicas: 2);
        var there = await Execute(gateways.Second, id, "echo there");
        var here = await Execute(gateways.First, id, "echo here too");
        await File.WriteAllTextAsync(end, "");
        var whole = await running;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Told(before), Is.EqualTo((AgentExecutionOutcome.Success, "still here\n")));
            Assert.That(Told(await soon), Is.EqualTo((AgentExecutionOutcome.Success, "on its way\n")));
            Assert.That(Told(there), Is.EqualTo((AgentExecutionOutcome.Success, "there\n")));
            Assert.That(Told(here), Is.EqualTo((AgentExecutionOutcome.Success, "here too\n")), "who still sends work there is served");
            Assert.That(Told(whole), Is.EqualTo((AgentExecutionOutcome.Success, "whole\n")));
        }
    }

    [Test]
    public async Task When_the_gateway_has_stopped_the_agent_is_connected_to_the_other_and_did_not_come_anew()
    {
        var first = await TestGateway.Start();
        await using var second = await TestGateway.Start(connection: first.Connection);
        await using var balancer = new Balancer(first.Address);
        var created = await first.Operator.Post("/api/agents", new { name = "moved" });
        await using var agent = TestAgent.At(balancer.Address, created.Text("token")!);
        await first.Connected("moved");

        balancer.Target = second.Address;
        await Leave(first);
        await second.Connected("moved", replicas: 2);
        await first.DisposeAsync();
        await Says(agent, "the earlier channel has ended");
        await second.Connected("moved", replicas: 1);

        Assert.That(agent.Log, Does.Contain("opening a channel at another one").And.Not.Contain("trying again"));
        Assert.That(
            Told(await Execute(second, Guid.Parse(created.Text("id")!), "echo on")), Is.EqualTo((AgentExecutionOutcome.Success, "on\n")));
    }

    [Test]
    public async Task An_agent_that_finds_no_other_gateway_keeps_the_channel_that_it_has()
    {
        await using var gateway = await TestGateway.Start();
        var created = await gateway.Operator.Post("/api/agents", new { name = "alone" });
        await using var agent = TestAgent.WithKey(gateway, created.Text("token")!);
        await gateway.Connected("alone");

        await Leave(gateway);
        await Says(agent, "trying another gateway");

        Assert.That(
            Told(await Execute(gateway, Guid.Parse(created.Text("id")!), "echo kept")),
            Is.EqualTo((AgentExecutionOutcome.Success, "kept\n")));
    }

    [Test]
    public async Task An_agent_of_an_older_version_is_told_nothing_and_stays()
    {
        await using var gateway = await TestGateway.Start();
        var created = await gateway.Operator.Post("/api/agents", new { name = "older" });
        await using var agent = await PlayedAgent.Connect(
            gateway,
            TestAgent.Secret(created.Text("token")!),
            request => Task.FromResult(new ExecutionResult(request.Id, ExecutionStatus.Success, 0, "as ever", Truncated: false)));

        await Leave(gateway);

        Assert.That(
            Told(await Execute(gateway, Guid.Parse(created.Text("id")!), "x")), Is.EqualTo((AgentExecutionOutcome.Success, "as ever")));
    }

    private static (AgentExecutionOutcome Outcome, string Output) Told(AgentExecution execution) => (execution.Outcome, execution.Output);

    private static string Scratch(string name) => Path.Join(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.{name}");

    private static Task Says(TestAgent agent, string text) => Eventually.True(
        () => agent.Log.Contains(text, StringComparison.Ordinal), () => $"the agent does not say \"{text}\": {agent.Log}");

    /// <summary>What the process does when it is told to stop.</summary>
    private static async Task Leave(TestGateway gateway)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<IPublisher>().Publish(new GatewayLeaving(TimeSpan.FromMinutes(1)));
    }

    private static async Task<AgentExecution> Execute(TestGateway gateway, Guid agentId, string script)
    {
        await using var scope = gateway.Services.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<ISender>().Send(new ExecuteOnAgent(
            DefaultOrganization.Id, agentId, ["sh", "-c", script], new Dictionary<string, string>(), "", TimeSpan.FromSeconds(60)));
    }

    /// <summary>Leads each new connection to one of the gateways, and those that are open on to theirs.</summary>
    private sealed class Balancer : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _serving;

        public Balancer(Uri target)
        {
            Target = target;
            _listener.Start();
            _serving = Serve();
        }

        public Uri Target { get; set; }

        public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _serving;
            _listener.Dispose();
            _stop.Dispose();
        }

        private async Task Serve()
        {
            try
            {
                while (true)
                {
                    _ = Lead(await _listener.AcceptTcpClientAsync(_stop.Token));
                }
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }

        private async Task Lead(TcpClient client)
        {
            using var own = client;
            using var other = new TcpClient();
            try
            {
                await other.ConnectAsync(Target.Host, Target.Port, _stop.Token);
                var (near, far) = (own.GetStream(), other.GetStream());
                await Task.WhenAny(near.CopyToAsync(far, _stop.Token), far.CopyToAsync(near, _stop.Token));
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or IOException)
            {
                // One of the two has gone.
            }
        }
    }
}
