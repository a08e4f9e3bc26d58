using System.Net;
using System.Net.Sockets;
using Hoop.Cli.Agent;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Agent;

/// <summary>What a probe of Kubernetes or systemd asks an agent.</summary>
public sealed class AgentHealthTests
{
    [Test]
    public async Task An_agent_is_alive_from_its_start_and_ready_while_it_has_a_channel()
    {
        await using var gateway = new TestGateway();
        await gateway.Start();
        gateway.Refuse = HttpStatusCode.ServiceUnavailable;
        await using var health = AgentHealth.Listen("127.0.0.1:0");
        using var probe = new HttpClient { BaseAddress = new Uri($"http://{health.Address}") };
        await using var agent = new RunningAgent(
            gateway, AgentCredential.FromKey("xagt-x"), options => options with { Health = health });

        Assert.That(await Status(probe, "/livez"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await Status(probe, "/readyz"), Is.EqualTo(HttpStatusCode.ServiceUnavailable));

        gateway.Refuse = null;
        await Eventually.True(async () => await Status(probe, "/readyz") == HttpStatusCode.OK, "it does not become ready");

        gateway.Refuse = HttpStatusCode.ServiceUnavailable;
        await gateway.Vanish();
        await Eventually.True(
            async () => await Status(probe, "/readyz") == HttpStatusCode.ServiceUnavailable, "it says that it is ready without a channel");
        Assert.That(await Status(probe, "/livez"), Is.EqualTo(HttpStatusCode.OK), "C10: a lost gateway is no reason to start it again");
    }

    [Test]
    public async Task Nothing_else_is_served_and_nonsense_ends()
    {
        await using var health = AgentHealth.Listen("127.0.0.1:0");
        using var probe = new HttpClient { BaseAddress = new Uri($"http://{health.Address}") };
        Assert.That(await Status(probe, "/"), Is.EqualTo(HttpStatusCode.NotFound));
        using var posted = await probe.PostAsync("/livez", content: null);
        Assert.That(posted.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));

        // Those who connect and say nothing keep nobody away for good.
        var mute = Enumerable.Range(0, 40).Select(_ => new TcpClient()).ToArray();
        foreach (var client in mute)
        {
            await client.ConnectAsync(health.Address);
        }

        Assert.That(await Status(probe, "/livez"), Is.EqualTo(HttpStatusCode.OK));
        Array.ForEach(mute, client => client.Dispose());
    }

    [TestCase("9465")]
    [TestCase("hoop.example.com:9465")]
    [TestCase("http://127.0.0.1:9465")]
    public void What_is_no_address_is_told(string address) => Assert.That(
        () => AgentHealth.Listen(address),
        Throws.TypeOf<AgentConfigurationException>().With.Message.StartsWith("--health-listen: must be an IP address and a port"));

    [Test]
    public void A_taken_address_is_told()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        Assert.That(
            () => AgentHealth.Listen(taken.LocalEndpoint.ToString()!),
            Throws.TypeOf<AgentConfigurationException>().With.Message.Contains("already in use"));
    }

    private static async Task<HttpStatusCode> Status(HttpClient probe, string path)
    {
        using var answer = await probe.GetAsync(path);
        return answer.StatusCode;
    }
}
