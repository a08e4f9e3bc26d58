using System.Net;
using System.Net.Sockets;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>Failed starts end in one line and nothing else; mounted secrets, read-only folders, stopping.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GatewayOneLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-gateway-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    [Description("U5")]
    public async Task A_taken_port_is_one_line_and_no_service_was_started()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var own = await TestPostgres.CreateDatabase();
        await using var process = RunningGateway.Launch(
            _folder, own.Connection, [("HOOP_LISTEN", $"http://{taken.LocalEndpoint}")]);

        Assert.That(await process.Ended(), Is.EqualTo(1));
        Assert.That(
            process.Errors,
            Is.EqualTo(new[] { $"hoop-gateway: HOOP_LISTEN: the address {taken.LocalEndpoint} is already in use; stop what uses it or "
                + $"name another one" }));
        Assert.That(process.Output, Has.None.Contain("   at ").And.None.Contain(" ERR "), string.Join('\n', process.Output));
    }

    [Test]
    [Description("U5, B8")]
    public async Task A_missing_key_file_is_one_line()
    {
        await using var own = await TestPostgres.CreateDatabase();
        var database = own.Connection;
        await using (var first = await RunningGateway.Start(_folder, database))
        {
            Assert.That(await first.Process.End(ChildProcess.SigTerm), Is.Zero);
        }

        File.Delete(Path.Combine(RunningGateway.DataOf(_folder), "encryption-key"));
        await using var process = RunningGateway.Launch(_folder, database);

        Assert.That(await process.Ended(), Is.EqualTo(1));
        Assert.That(
            process.Errors,
            Has.Count.EqualTo(1).And.One.Match(
                "^hoop-gateway: HOOP_ENCRYPTION_KEY: the gateways of this database seal with the key k[0-9a-f]{12}, and this one has "
                    + "none: "));
        Assert.That(process.Output, Has.None.Contain("   at ").And.None.Contain(" ERR "), string.Join('\n', process.Output));

        await using var forget = RunningGateway.Launch(_folder, database, settings: null, "forget-key");
        Assert.That(await forget.Ended(), Is.Zero, string.Join('\n', forget.Errors));
        await using var again = await RunningGateway.Start(_folder, database);
        Assert.That((await again.Operator.Get("/healthz/ready")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    [Description("W43")]
    public async Task A_role_that_may_not_create_is_one_line_with_the_statement()
    {
        var database = await TestPostgres.CreateEmptyDatabase();
        var role = $"narrow_{Guid.NewGuid():N}"[..20];
        await Run(database, $"CREATE ROLE {role} LOGIN PASSWORD 'narrow'");
        await using var process = RunningGateway.Launch(
            _folder, new NpgsqlConnectionStringBuilder(database.ConnectionString) { Username = role, Password = "narrow" });

        Assert.That(await process.Ended(), Is.EqualTo(1));
        Assert.That(
            process.Errors, Has.Count.EqualTo(1).And.One.Contain($"GRANT CREATE ON DATABASE \"{database.Database}\" TO \"{role}\""));
        Assert.That(process.Output, Has.None.Contain("   at "));
    }

    [Test]
    [Description("W50, U15")]
    public async Task With_all_secrets_from_files_nothing_is_written_anywhere()
    {
        await using var own = await TestPostgres.CreateDatabase();
        (string, string)[] settings =
        [
            ("HOOP_DATA_DIR", "/proc/nowhere"),
            ("HOOP_DATABASE_URL", ""),
            ("HOOP_DATABASE_URL_FILE", Mount("url", own.Connection.ConnectionString)),
            ("HOOP_ENCRYPTION_KEY_FILE", Mount("key", TestGateway.EncryptionKey)),
            ("HOOP_ADMIN_TOKEN_FILE", Mount("token", TestGateway.AdminToken)),
        ];
        await using var process = RunningGateway.Launch(_folder, database: null, settings);

        var address = (await process.Said("Hoop is ready at ")).Split(' ')[4];
        using var http = new HttpClient { BaseAddress = new Uri(address) };
        http.DefaultRequestHeaders.Authorization = new("Bearer", TestGateway.AdminToken);
        Assert.That((await http.Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            Directory.EnumerateFileSystemEntries(_folder).Select(Path.GetFileName), Is.EquivalentTo(new[] { "url", "key", "token" }));
    }

    [Test]
    [Description("U21")]
    public async Task A_stop_leaves_a_line([Values("text", "json")] string format)
    {
        await using var own = await TestPostgres.CreateDatabase();
        await using var gateway = await RunningGateway.Start(
            _folder, own.Connection, ("HOOP_LOG_FORMAT", format), ("HOOP_LOG_LEVEL", "info"));

        Assert.That(await gateway.Process.End(ChildProcess.SigTerm), Is.Zero);
        Assert.That(gateway.Process.Output, Has.One.Contains("Hoop has stopped"));
        Assert.That(gateway.Process.Output[^1].StartsWith('{'), Is.EqualTo(format == "json"));
    }

    [Test]
    [Description("U23")]
    public async Task A_setting_that_means_nothing_is_told_with_the_one_that_was_meant_and_the_gateway_starts()
    {
        await using var own = await TestPostgres.CreateDatabase();
        await using var gateway = await RunningGateway.Start(
            _folder, own.Connection, ("HOOP_SPIFFE_TRUST_DOMAN", "example.com"), ("HOOP_WEATHER_OF_TOMORROW", "fair"),
                ("HOOP_PORT_8009_TCP", "tcp://10.0.0.1:8009"), ("HOOP_SERVICE_HOST", "10.0.0.1"));

        var told = gateway.Process.Output.Where(line => line.Contains("is not a setting", StringComparison.Ordinal)).ToArray();
        Assert.That(
            told,
            Has.Length.EqualTo(2)
                .And.One.Contain("HOOP_SPIFFE_TRUST_DOMAN is not a setting of Hoop and does nothing; did you mean HOOP_SPIFFE_TRUST_DOMAIN?")
                .And.One.EndsWith("HOOP_WEATHER_OF_TOMORROW is not a setting of Hoop and does nothing"));
    }

    [TestCase("--version", "^hoop-gateway [0-9]+\\.[0-9]+\\.[0-9]+", 0)]
    [TestCase("version", "^hoop-gateway [0-9]+\\.[0-9]+\\.[0-9]+", 0)]
    [TestCase("migrate extra", "^hoop-gateway: unknown argument extra; see hoop-gateway --help$", 1)]
    [TestCase("extra migrate", "^hoop-gateway: unknown argument extra; see hoop-gateway --help$", 1)]
    [Description("U23")]
    public async Task Arguments_are_answered_truthfully(string arguments, string line, int code)
    {
        await using var process = RunningGateway.Launch(_folder, database: null, settings: null, arguments.Split(' '));

        Assert.That(await process.Ended(), Is.EqualTo(code));
        Assert.That(process.Output.Concat(process.Errors), Has.Exactly(1).Matches(line));
    }

    [Test]
    [Description("W45")]
    public async Task Behind_PgBouncer_in_transaction_mode_a_server_for_listening_is_demanded_and_then_all_is_well()
    {
        if (!File.Exists(Bouncer.Program))
        {
            Assert.Ignore("pgbouncer is not installed (Debian: apt-get install pgbouncer)");
        }

        await using var own = await TestPostgres.CreateDatabase();
        var database = own.Connection;
        await using var bouncer = await Bouncer.Start(database);
        await using var refused = RunningGateway.Launch(_folder, bouncer.Connection);
        Assert.That(await refused.Ended(), Is.EqualTo(1));
        Assert.That(
            refused.Errors,
            Has.Count.EqualTo(1).And.One.Contain(
                "HOOP_DATABASE_URL: leads to a pooler in transaction mode (such as PgBouncer); set HOOP_DATABASE_LISTEN_URL"));

        await using var gateway = await RunningGateway.Start(
            _folder, bouncer.Connection, ("HOOP_DATABASE_LISTEN_URL", database.ConnectionString));
        for (var agent = 0; agent < 10; agent++)
        {
            Assert.That(
                (await gateway.Operator.Post("/api/agents", new { name = $"agent-{agent}" })).Status, Is.EqualTo(HttpStatusCode.Created));
        }

        var replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => gateway.Operator.Get("/api/agents")));
        Assert.That(
            replies.Select(reply => (reply.Status, reply.Body.GetArrayLength())),
            Has.All.EqualTo((HttpStatusCode.OK, 10)),
            "no answer of another's statement");
        await using var second = RunningGateway.Launch(
            _folder, bouncer.Connection, [("HOOP_DATABASE_LISTEN_URL", database.ConnectionString)]);
        await second.Said("Hoop is ready at ");
    }

    private string Mount(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text + "\n");
        return file;
    }

    private static async Task Run(NpgsqlConnectionStringBuilder database, string sql)
    {
        await using var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
#pragma warning disable CA2100 // Written above.
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
