using System.Net;
using System.Text.Json;
using Hoop.PrivatePostgres;
using Hoop.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>The gateway process and a database that others also start, stop and use.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
internal sealed class GatewayDatabaseTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-gateway-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Two_gateways_that_start_at_once_on_an_empty_database_are_both_ready()
    {
        var database = await TestPostgres.CreateEmptyDatabase();
        var token = ("HOOP_ADMIN_TOKEN", "shared-admin-token-0123456789");
        var key = ("HOOP_ENCRYPTION_KEY", TestGateway.EncryptionKey);
        var folders = new[] { Path.Combine(_folder, "a"), Path.Combine(_folder, "b") };
        foreach (var folder in folders)
        {
            Directory.CreateDirectory(folder);
        }

        var processes = folders.Select(folder => RunningGateway.Launch(folder, database, [token, key])).ToArray();
        await using var first = processes[0];
        await using var second = processes[1];

        foreach (var process in processes)
        {
            var address = (await process.Said("Hoop is ready at ")).Split(' ')[4];
            using var http = new HttpClient { BaseAddress = new Uri(address) };
            http.DefaultRequestHeaders.Authorization = new("Bearer", token.Item2);
            Assert.That((await http.Get("/healthz/ready")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That((await http.Get("/api/agents")).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task Migrate_brings_the_schema_up_to_date_and_starts_nothing()
    {
        var database = await TestPostgres.CreateEmptyDatabase();

        await using var first = RunningGateway.Launch(_folder, database, settings: null, "migrate");
        var firstCode = await first.Ended();
        await using var second = RunningGateway.Launch(_folder, database, settings: null, "migrate");
        var secondCode = await second.Ended();

        using (Assert.EnterMultipleScope())
        {
            Assert.That((firstCode, secondCode), Is.EqualTo((0, 0)));
            Assert.That(first.Output[^1], Does.Match("^[1-9][0-9]* migrations applied$"));
            Assert.That(second.Output[^1], Is.EqualTo("the schema is up to date"));
            Assert.That(first.Output.Concat(second.Output), Has.None.Contain("ready at"));
        }
    }

    [Test]
    [Description("C10: liveness asked the database, and a pool never came back by itself")]
    public async Task While_the_database_is_gone_answers_are_503_and_afterwards_all_is_well_without_a_restart()
    {
        var options = new EmbeddedPostgresOptions(Path.Combine(_folder, "server"));
        var server = await EmbeddedPostgres.Start(options, NullLogger.Instance, CancellationToken.None);
        try
        {
            await using var gateway = await RunningGateway.Start(_folder, server.Connection);
            var http = gateway.Operator;
            var before = await http.Post("/api/agents", new { name = "kept" });

            await server.DisposeAsync();
            string[] paths = ["/api/agents", "/api/userinfo", "/v1/identity/entity/id?list=true", "/healthz/ready"];
            var gone = new List<Reply>();
            foreach (var path in paths)
            {
                gone.Add(await http.Get(path));
            }

            gone.Add(await http.Post("/api/agents", new { name = "lost" }));
            var (live, vault) = (await http.Get("/healthz/live"), await http.Get("/v1/sys/health"));

            server = await EmbeddedPostgres.Start(options, NullLogger.Instance, CancellationToken.None);
            await Eventually.True(
                async () => (await http.Get("/healthz/ready")).Status == HttpStatusCode.OK, "not ready again", TimeSpan.FromSeconds(30));
            var after = await http.Get("/api/agents/kept");

            using (Assert.EnterMultipleScope())
            {
                Assert.That(before.Status, Is.EqualTo(HttpStatusCode.Created));
                Assert.That(gone.Select(reply => reply.Status), Has.All.EqualTo(HttpStatusCode.ServiceUnavailable));
                Assert.That(gone.Select(reply => reply.Response.Headers.RetryAfter?.ToString()), Has.All.EqualTo("1"));
                Assert.That(gone[0].Message, Is.EqualTo("the database is not available, try again"));
                Assert.That(gone[2].Body.GetProperty("errors")[0].GetString(), Is.EqualTo("the database is not available, try again"));
                Assert.That((live.Status, vault.Status), Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable)));
                Assert.That(after.Status, Is.EqualTo(HttpStatusCode.OK));
                Assert.That((await http.Get("/api/agents/lost")).Status, Is.EqualTo(HttpStatusCode.NotFound));
                Assert.That(await gateway.Process.End(ChildProcess.SigTerm), Is.Zero);
            }
        }
        finally
        {
            await server.DisposeAsync();
        }
    }

    [Test]
    public async Task Json_logs_are_one_object_a_line_from_the_first_to_the_last_and_hold_no_token()
    {
        await using var gateway = await RunningGateway.Start(
            _folder, await TestPostgres.CreateEmptyDatabase(), ("HOOP_LOG_FORMAT", "json"), ("HOOP_LOG_LEVEL", "trace"));
        var token = gateway.Operator.DefaultRequestHeaders.Authorization!.Parameter!;
        var created = await gateway.Operator.Post("/api/agents", new { name = "web" });
        var key = created["token"].GetString()!;
        await gateway.Operator.Get("/api/agents?token=query-canary");
        using var stranger = new HttpClient { BaseAddress = gateway.Address };
        stranger.DefaultRequestHeaders.Add("X-Vault-Token", "header-canary-0123456789");
        await stranger.Get("/api/agents");
        await gateway.Process.End(ChildProcess.SigTerm);

        var lines = gateway.Process.Output;
        var requests = lines.Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("message").GetString()!.Contains("/api/agents", StringComparison.Ordinal)).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(requests, Has.Length.GreaterThanOrEqualTo(3));
            Assert.That(requests[0].GetProperty("status").GetInt32(), Is.EqualTo(201));
            Assert.That(gateway.Process.Errors, Is.Empty);
            foreach (var secret in (string[])[token, key, key.Split("xagt-")[1].Split('@')[0], "query-canary", "header-canary"])
            {
                Assert.That(lines, Has.None.Contain(secret));
            }
        }
    }
}
