using System.Net;
using Hoop.Shared;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Architecture.Tests.Audit;

/// <summary>No connection names an agent that is gone, whichever of the two transactions comes first.</summary>
public sealed class AgentHeldTests
{
    private TestGateway _gateway = null!;
    private NpgsqlConnection _other = null!;
    private NpgsqlTransaction _transaction = null!;

    [SetUp]
    public async Task Start()
    {
        _gateway = await TestGateway.Start();
        _other = await _gateway.Database.OpenConnectionAsync();
        _transaction = await _other.BeginTransactionAsync();
    }

    [TearDown]
    public async Task Stop()
    {
        await _transaction.DisposeAsync();
        await _other.DisposeAsync();
        await _gateway.DisposeAsync();
    }

    [TestCase("POST", "/api/connections")]
    [TestCase("PUT", "/api/connections/moved")]
    public async Task A_connection_waits_for_the_deletion_of_its_agent_and_is_refused(string method, string path)
    {
        await _gateway.Operator.Post("/api/connections", Body("moved", await Agent("first")));
        var doomed = await Agent("doomed");
        await Run("SELECT FROM spiffe.agents WHERE id = @doomed FOR UPDATE", doomed);

        var write = _gateway.Operator.Send(new HttpMethod(method), path, Body(path.EndsWith('s') ? "late" : "moved", doomed));
        await SomebodyWaits();
        await Run("DELETE FROM spiffe.agents WHERE id = @doomed", doomed);
        await _transaction.CommitAsync();

        var refused = await write;
        Assert.That((refused.Status, refused.Code), Is.EqualTo((HttpStatusCode.UnprocessableEntity, "agent_not_found")));
        Assert.That(await Dangling(), Is.Zero);
    }

    [Test]
    public async Task The_deletion_of_an_agent_waits_for_a_connection_and_finds_it()
    {
        var doomed = await Agent("doomed");
        await Run("SELECT FROM spiffe.agents WHERE id = @doomed FOR KEY SHARE", doomed);
        await Run(
            "INSERT INTO federation.connections (id, org_id, name, type, agent_id) SELECT gen_random_uuid(), org_id, 'late', 'custom', id FROM spiffe.agents WHERE id = @doomed",
            doomed);

        var deletion = _gateway.Operator.Delete("/api/agents/doomed");
        await SomebodyWaits();
        await _transaction.CommitAsync();

        Assert.That((await deletion).Code, Is.EqualTo("agent_in_use"));
        Assert.That(await Dangling(), Is.Zero);
    }

    [Test]
    public async Task Many_at_once_leave_nothing_that_names_an_agent_that_is_gone()
    {
        for (var round = 0; round < 10; round++)
        {
            var agent = await Agent($"agent-{round}");
            var stays = await Agent($"stays-{round}");
            await _gateway.Operator.Post("/api/connections", Body($"moved-{round}", stays));
            var replies = await Task.WhenAll(
            [
                .. Enumerable.Range(0, 4).Select(n => _gateway.Operator.Post("/api/connections", Body($"late-{round}-{n}", agent))),
                .. Enumerable.Range(0, 2).Select(_ => _gateway.Operator.Put($"/api/connections/moved-{round}", Body(null, agent))),
                .. Enumerable.Range(0, 2).Select(_ => _gateway.Operator.Delete($"/api/agents/{agent}?cascade=true")),
            ]);
            Assert.That(replies.Select(reply => (int)reply.Status), Has.All.AnyOf(200, 201, 404, 422));
        }

        Assert.That(await Dangling(), Is.Zero);
    }

    private static object Body(string? name, Guid agent) => new { name, type = "custom", command = new[] { "psql" }, agent_id = agent };

    private async Task<Guid> Agent(string name) => (await _gateway.Operator.Post("/api/agents", new { name }))["id"].GetGuid();

    private async Task Run(string sql, Guid doomed)
    {
#pragma warning disable CA2100 // The statements stand above, and what differs is a parameter.
        await using var command = new NpgsqlCommand(sql, _other, _transaction);
#pragma warning restore CA2100
        command.Parameters.AddWithValue("doomed", doomed);
        await command.ExecuteNonQueryAsync();
    }

    private Task SomebodyWaits() => Eventually.True(
        async () => (await _gateway.Query<long>(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))[0] > 0,
        "nobody waits for the lock");

    private async Task<long> Dangling() => (await _gateway.Query<long>(
        "SELECT count(*) FROM federation.connections AS c WHERE org_id = @Id AND NOT EXISTS (SELECT FROM spiffe.agents AS a WHERE a.id = c.agent_id)",
        new { DefaultOrganization.Id }))[0];
}
