using System.Net;
using Hoop.Spiffe.Tests.Channels;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Agents;

/// <summary>An organization that is deleted on one gateway has nothing left to connect to on any of them.</summary>
[Description("U17")]
public sealed class DeletedOrganizationTests
{
    [Test]
    public async Task Open_channels_close_on_every_gateway_and_its_credentials_are_worth_nothing()
    {
        await using var gateways = await TwoGateways.Start();
        var (id, admin) = await gateways.First.CreateOrganization("leaving");
        var key = (await admin.Post("/api/agents", new { name = "web" })).Text("token")!;
        var kept = (await gateways.First.Operator.Post("/api/agents", new { name = "kept" })).Text("token")!;
        await using var here = TestAgent.WithKey(gateways.First, key);
        await using var there = TestAgent.WithKey(gateways.Second, key);
        await using var other = TestAgent.WithKey(gateways.Second, kept);
        await Eventually.True(
            async () => (await admin.Get("/api/agents/web"))["replicas"].GetInt32() == 2, "the agent is not connected to both gateways");
        await gateways.Second.Connected("kept");

        var deleted = await gateways.First.Operator.Delete($"/api/orgs/{id}?cascade=true");

        Assert.That(deleted.Status, Is.EqualTo(HttpStatusCode.OK));
        await Eventually.True(() => Task.FromResult(here.Log.Contains("revoked", StringComparison.Ordinal)), "the first gateway closes");
        await Eventually.True(() => Task.FromResult(there.Log.Contains("revoked", StringComparison.Ordinal)), "the second gateway closes");
        Assert.That(
            await gateways.First.Query<long>("SELECT count(*) FROM spiffe.agent_channels WHERE org_id = @id", new { id }),
            Is.EqualTo(new[] { 0L }));
        Assert.That((await gateways.Second.Operator.Get("/api/agents/kept"))["replicas"].GetInt32(), Is.EqualTo(1), "others stay");
        using var agent = gateways.Second.As(TestAgent.Secret(key));
        Assert.That((await agent.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        await Eventually.True(
            async () => (await gateways.Second.Operator.Get($"/api/audit/logs?org_id={id}&action=close"))["data"].GetArrayLength() == 2,
            "the ends of the channels are on record, after the organization");
    }
}
