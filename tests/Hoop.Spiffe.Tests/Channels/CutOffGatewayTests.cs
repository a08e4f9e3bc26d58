using Hoop.Shared.Memory;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>A gateway that cannot reach its database cannot be told that a channel has to end; the agent ends it.</summary>
public sealed class CutOffGatewayTests
{
    [Test]
    public async Task An_agent_ends_a_channel_whose_gateway_does_not_prove_its_lease()
    {
        await using var database = await TestPostgres.CreateDatabase();
        await using var proxy = DatabaseProxy.To(database.Connection);
        await using var gateway = await TestGateway.Start(connection: proxy.Connection);
        await gateway.Remembers();
        var created = await gateway.Operator.Post("/api/agents", new { name = "cut-off" });
        await using var agent = TestAgent.WithKey(gateway, created.Text("token")!);
        await gateway.Connected("cut-off");
        var session = gateway.Services.GetRequiredService<MemorySession>();
        Assert.That(session.IsProven, Is.True);

        proxy.Swallow();

        await Eventually.True(
            () => agent.Log.Contains("did not take a heartbeat", StringComparison.Ordinal), () => agent.Log, TimeSpan.FromSeconds(60));
        Assert.That(session.IsProven, Is.False);

        proxy.Heal();
        await Eventually.True(
            () => agent.Log.Split("connected to").Length > 2, () => agent.Log, TimeSpan.FromSeconds(60));
    }
}
