using System.Text.Json.Nodes;
using Hoop.Shared.Memory;
using Hoop.Shared.Sealing;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Sealing;

/// <summary>The sealed secrets of issuers move with the key, while tokens are asked about with them.</summary>
public sealed class IssuerSecretRotationTests
{
    private const string KeysSql = "SELECT DISTINCT secrets_key_id FROM service_accounts.issuers WHERE secrets_key_id IS NOT NULL";

    [Test]
    public async Task The_secrets_of_issuers_are_sealed_again_and_both_gateways_go_on_asking()
    {
        await using var provider = await IdentityProviderStandIn.Start("hoop");
        var secret = provider.AddClient("gateway");
        var settings = new Dictionary<string, string?> { ["HOOP_ISSUERS_ALLOW_LOOPBACK_HTTP"] = "true" };
        await using var gateways = await TwoGateways.Start(settings);
        var body = new JsonObject
        {
            ["issuer"] = provider.Issuer,
            ["audiences"] = new JsonArray("hoop"),
            ["introspection_url"] = provider.IntrospectionUrl,
            ["introspection_client_id"] = "gateway",
            ["introspection_secret"] = secret,
        };
        var created = await gateways.First.Operator.Post("/api/issuers", body);
        Assert.That((int)created.Status, Is.EqualTo(201), created.Body.GetRawText());
        await gateways.First.Operator.Post("/api/serviceaccounts", new { issuer = provider.Issuer, subject = "robot", status = "active" });
        await BothAsk();
        var before = await gateways.First.Query<string>(KeysSql);

        var outcome = await Rotate(gateways.First);

        Assert.That(outcome, Has.Property(nameof(RotationOutcome.Complete)).True.And.Property(nameof(RotationOutcome.Moved)).EqualTo(1));
        Assert.That(await gateways.First.Query<string>(KeysSql), Is.EqualTo(new[] { outcome.Key }));
        Assert.That(before, Is.Not.EqualTo(new[] { outcome.Key }));
        await BothAsk();

        // A gateway that starts now has nothing but the row.
        await using var third = await TestGateway.Start(settings, connection: gateways.First.Connection);
        await Eventually.True(async () => await Asks(third), "the secret that was sealed again does not open");
        body.Remove("introspection_secret");
        var again = await gateways.Second.Operator.Put($"/api/issuers/{created.Text("id")}", body);
        Assert.That((int)again.Status, Is.EqualTo(200), again.Body.GetRawText());
        await BothAsk();

        async Task BothAsk()
        {
            Assert.That(await Asks(gateways.First), Is.True);
            Assert.That(await Asks(gateways.Second), Is.True);
        }

        async Task<bool> Asks(TestGateway gateway) =>
            (int)(await gateway.As(provider.IssueOpaqueToken("robot")).Get("/api/userinfo")).Status == 200;
    }

    private static Task<RotationOutcome> Rotate(TestGateway gateway) => new KeyRotation(
        gateway.Services.GetRequiredService<SealingKeys>(),
        gateway.Services.GetServices<SealedColumn>(),
        gateway.Services.GetRequiredService<MemoryCommands>(),
        gateway.Services.GetRequiredService<IServiceScopeFactory>(),
        TimeProvider.System).Rotate(gateway.Services.GetRequiredService<Announcer>().Announce, CancellationToken.None);
}
