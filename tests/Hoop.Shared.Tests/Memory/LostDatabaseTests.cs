using System.Net;
using Hoop.Shared.Memory;
using Hoop.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Shared.Tests.Memory;

/// <summary>What a gateway does when its database is cut off, silent, or cannot take announcements.</summary>
public sealed class LostDatabaseTests
{
    private TestDatabase _database = null!;

    [SetUp]
    public async Task Start() => _database = await TestPostgres.CreateDatabase();

    [TearDown]
    public async Task Stop() => await _database.DisposeAsync();

    [Test(Description = "M4: packets are swallowed and no socket closes; memory is off within the lease, and readiness says it")]
    public async Task A_gateway_whose_packets_are_swallowed_answers_nothing_from_memory_after_its_lease()
    {
        await using var proxy = DatabaseProxy.To(_database.Connection);
        await using var cutOff = await TestGateway.Start(connection: proxy.Connection);
        await using var well = await TestGateway.Start(connection: _database.Connection);
        await cutOff.Remembers();
        await well.Remembers();
        var memory = cutOff.Services.GetRequiredService<CoherentMemory>();
        var made = await well.Operator.Post("/api/api-tokens", new { name = "robot" });
        using var robot = cutOff.As(made.Text("token")!);
        Assert.That((await robot.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));

        proxy.Swallow();
        var silent = memory.Now;
        await Eventually.True(() => !memory.MayAnswer, () => "memory is still used");
        var took = TimeSpan.FromSeconds((memory.Now - silent) / (double)memory.Frequency);

        // The revocation waits for the lease of the one that is cut off, and no longer.
        var revoked = await well.Operator.Delete($"/api/api-tokens/{made.Text("id")}");
        var (honoured, ready) = (robot.Get("/api/userinfo"), cutOff.Anonymous.Get("/healthz/ready"));
        var health = await cutOff.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(check => check.Name == "memory");

        Assert.Multiple(async () =>
        {
            Assert.That(health.Status, Is.EqualTo(HealthStatus.Degraded), "readiness says that memory is not used");
            // Eventually looks every 10 ms, and the machine may be busy.
            Assert.That(took, Is.LessThan(memory.Options.Lease + TimeSpan.FromSeconds(2)));
            Assert.That(revoked.Status, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That((await honoured).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable), "nobody can be asked, and memory is off");
            Assert.That((await ready).Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        });

        proxy.Heal();
        await Eventually.True(() => memory.MayAnswer, () => "memory is not used again", TimeSpan.FromSeconds(60));
        Assert.That((await robot.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test(Description = "M2, M10: a full queue, or another failure to announce, is «not confirmed»: never a 500, and never a false 2xx")]
    public async Task A_revocation_that_cannot_be_announced_is_not_confirmed_until_it_can([Values("54000", "58030", "XX000")] string state)
    {
        await Sql(
            """
            CREATE SCHEMA fake;
            CREATE FUNCTION fake.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT pg_catalog.pg_notify($1, $2)';
            """);
        await Sql($"ALTER DATABASE \"{_database.Connection.Database}\" SET search_path TO fake, pg_catalog, public");
        await using var first = await TestGateway.Start(connection: _database.Connection);
        await using var second = await TestGateway.Start(connection: _database.Connection);
        await first.Remembers();
        await second.Remembers();
        var made = await first.Operator.Post("/api/api-tokens", new { name = "robot" });
        var path = $"/api/api-tokens/{made.Text("id")}";
        await Sql(
            $"""
            CREATE OR REPLACE FUNCTION fake.pg_notify(text, text) RETURNS void LANGUAGE plpgsql AS $$
              BEGIN RAISE EXCEPTION 'too many notifications in the NOTIFY queue' USING ERRCODE = '{state}'; END $$;
            """);

        var refused = await first.Operator.Delete(path);

        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "unconfirmed")));

        await Sql(
            "CREATE OR REPLACE FUNCTION fake.pg_notify(text, text) RETURNS void LANGUAGE sql AS 'SELECT pg_catalog.pg_notify($1, $2)'");
        await Eventually.True(
            async () => (await first.Operator.Delete(path)).Status is HttpStatusCode.NoContent or HttpStatusCode.NotFound,
            "the repeat is not confirmed",
            TimeSpan.FromSeconds(60));
        using var robot = second.As(made.Text("token")!);
        Assert.That((await robot.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test(Description = "M12: a cut connection leaves open whether the change was committed, and the answer says so")]
    public async Task A_connection_cut_around_the_commit_is_503_unknown([Values] bool afterTheCommit)
    {
        await using var proxy = DatabaseProxy.To(_database.Connection);
        await using var gateway = await TestGateway.Start(connection: proxy.Connection);
        var name = afterTheCommit ? "cut-after" : "cut-before";
        proxy.CutAt(name, afterTheCommit);

        var cut = await gateway.Operator.Post("/api/agents", new { name });

        Assert.That((cut.Status, cut.Code), Is.EqualTo((HttpStatusCode.ServiceUnavailable, "unknown")), cut.Body.ToString());
        var found = await gateway.Operator.Get($"/api/agents/{name}");
        var again = await gateway.Operator.Post("/api/agents", new { name });
        Assert.That(
            (found.Status, again.Status),
            Is.EqualTo(afterTheCommit ? (HttpStatusCode.OK, HttpStatusCode.Conflict) : (HttpStatusCode.NotFound, HttpStatusCode.Created)));
        Assert.That((await gateway.AuditOf("agent")).Count(row => row.Action == "create"), Is.EqualTo(1));
    }

    private async Task Sql(string sql)
    {
        await using var source = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(_database.Connection.ConnectionString) { Pooling = false });
#pragma warning disable CA2100 // Made of constants.
        await using var command = source.CreateCommand(sql);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
