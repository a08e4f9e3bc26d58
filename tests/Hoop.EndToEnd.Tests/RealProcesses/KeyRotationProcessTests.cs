using System.Net;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary><c>hoop-gateway keys rotate</c> as a process beside a running gateway.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Description("F16")]
internal sealed class KeyRotationProcessTests : IDisposable
{
    private const string UnderOthersSql = """
        SELECT count(*) FROM federation.connections WHERE secrets_key_id IS DISTINCT FROM (
          SELECT name FROM hoop.sealing_keys ORDER BY created_at DESC LIMIT 1)
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-gateway-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Killed_in_the_middle_and_repeated_it_leaves_nothing_under_the_old_key()
    {
        await using var own = await TestPostgres.CreateDatabase();
        await using var gateway = await RunningGateway.Start(_folder, own.Connection);
        await Create(gateway, 400);
        await using (var killed = RunningGateway.Launch(_folder, own.Connection, settings: null, "keys", "rotate"))
        {
            await Eventually.True(
                async () => await Count(own.Connection, "SELECT count(*) FROM hoop.sealing_keys") == 1 || killed.HasExited,
                () => "no key was stored",
                ChildProcess.Limit);
            await killed.End(ChildProcess.SigKill);
        }

        Assert.That((await gateway.Operator.Get("/api/connections/sealed-1")).Status, Is.EqualTo(HttpStatusCode.OK));
        await using var rotate = RunningGateway.Launch(_folder, own.Connection, settings: null, "keys", "rotate");
        Assert.That(await rotate.Ended(), Is.Zero, string.Join('\n', rotate.Errors));
        Assert.That(rotate.Output, Has.One.Match("^[0-9]+ stored credentials were sealed again; the key is d[0-9a-f]{16}$"));

        Assert.That(await Count(own.Connection, UnderOthersSql), Is.Zero);
        Assert.That(await Count(own.Connection, "SELECT count(*) FROM hoop.sealing_keys"), Is.EqualTo(1));
        Assert.That((await gateway.Operator.Get("/api/connections/sealed-399")).Status, Is.EqualTo(HttpStatusCode.OK));
        await using var check = RunningGateway.Launch(_folder, own.Connection, settings: null, "keys", "check");
        Assert.That(await check.Ended(), Is.Zero, string.Join('\n', check.Errors));
        Assert.That(check.Output, Has.One.EqualTo("400 stored credentials open, 0 do not"));
    }

    [TestCase("unknown argument keys turn; see hoop-gateway --help", "keys", "turn")]
    [TestCase("unknown argument keys; see hoop-gateway --help", "keys")]
    [TestCase("unknown argument now; see hoop-gateway --help", "keys", "rotate", "now")]
    public async Task Another_word_is_refused_in_one_line(string message, params string[] arguments)
    {
        await using var process = RunningGateway.Launch(_folder, database: null, settings: null, arguments);

        Assert.That(await process.Ended(), Is.EqualTo(1));
        Assert.That(process.Errors, Is.EqualTo(new[] { $"hoop-gateway: {message}" }));
    }

    private static async Task Create(RunningGateway gateway, int count)
    {
        var agent = (await gateway.Operator.Post("/api/agents", new { name = "web" })).Text("id");
        for (var i = 0; i < count; i++)
        {
            var reply = await gateway.Operator.Post("/api/connections", new
            {
                name = $"sealed-{i}",
                type = "custom",
                command = new[] { "bq" },
                agent_id = agent,
                secret = new Dictionary<string, string>(StringComparer.Ordinal) { ["envvar:A"] = "eA==" },
            });
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Message);
        }
    }

    private static async Task<long> Count(NpgsqlConnectionStringBuilder database, string sql)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var command = source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
