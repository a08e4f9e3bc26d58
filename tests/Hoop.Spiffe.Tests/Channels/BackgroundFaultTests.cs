using Dapper;
using Hoop.StandIns;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Spiffe.Tests.Channels;

/// <summary>A statement over its time limit once stopped the whole gateway.</summary>
public sealed class BackgroundFaultTests
{
    [TestCase("LOCK TABLE spiffe.agent_channels IN ACCESS EXCLUSIVE MODE", "57014", "agent_presence")]
    [TestCase("LOCK TABLE spiffe.trust_domains IN ACCESS EXCLUSIVE MODE", "57014", "trust_domains")]
    public async Task A_locked_table_degrades_the_gateway_and_ends_nothing(string locking, string state, string loop)
    {
        await using var database = await TestPostgres.CreateDatabase();
        var connection = database.Connection;
        await (await TestGateway.Start(connection: new(connection.ConnectionString))).DisposeAsync();
        await using var locker = new NpgsqlConnection(connection.ConnectionString);
        await locker.OpenAsync();
        await using var transaction = await locker.BeginTransactionAsync();
        connection.Options = "-c statement_timeout=400";
        await using var issuer = await SpiffeIssuerStandIn.Start("trust.test");
        await using var gateway = await TestGateway.Start(
            new()
            {
                ["HOOP_SPIFFE_MODE"] = "enforce",
                ["HOOP_SPIFFE_TRUST_DOMAIN"] = "trust.test",
                ["HOOP_SPIFFE_BUNDLE_URL"] = issuer.BundleUrl,
                ["HOOP_SPIFFE_ALLOW_LOOPBACK_HTTP"] = "true",
            },
            connection: connection);
        await locker.ExecuteAsync(locking, transaction: transaction);

        await Eventually.True(async () => await StateOf(gateway) == "degraded", $"{loop} was not reported", TimeSpan.FromSeconds(60));
        var ready = await gateway.Anonymous.Get("/healthz/ready");
        Assert.That((int)ready.Status, Is.EqualTo(200));
        Assert.That(ready["checks"].GetProperty("background").GetProperty("data").GetProperty(loop).GetInt32(), Is.GreaterThanOrEqualTo(3));
        Assert.That(gateway.Logs.Lines, Has.Some.Contains($"Background work {loop} failed").And.Some.Contains(state));

        await transaction.RollbackAsync();
        await Eventually.True(async () => await StateOf(gateway) == "ok", $"{loop} did not come back");
        Assert.That((int)(await gateway.Operator.Get("/api/agents")).Status, Is.EqualTo(200));
    }

    private static async Task<string?> StateOf(TestGateway gateway) =>
        (await gateway.Anonymous.Get("/healthz/ready"))["checks"].GetProperty("background").GetProperty("status").GetString();
}
