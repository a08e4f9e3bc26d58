using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

/// <summary>
/// Nothing runs on an agent without a row that committed before it: whatever the request holds, whenever the caller leaves, whatever
/// ails the trail.
/// </summary>
[Description("B1, S1")]
public sealed class AccountabilityTests : FederationFixture
{
    private const string CountsSql = """
        SELECT count(*) FILTER (WHERE outcome = 'begun'), count(*) FILTER (WHERE outcome <> 'begun'),
               count(*) FILTER (WHERE outcome <> 'begun' AND fields->>'probe_status' IN ('success', 'failed'))
        FROM identity.audit_events WHERE resource_type = 'federation_test'
        """;

    private static readonly string[] Members =
    [
        "user_email", "user_id", "connection.name", "connection.agent_id", "connection.type", "connection.test_script",
            "connection.command.0", "connection.command.1",
        "connection.envs.X", "config.identity_target_template", "config.hook_source", "config.extra_config.project_id",
            "config.admin_credentials_json",
    ];

    private long _begun;
    private long _ended;
    private long _probed;

    [OneTimeSetUp]
    public Task SomeConnectionRunsTheProbesCommand() => CreateConnection();

    [SetUp]
    public async Task Count()
    {
        Agents.Executed.Clear();
        Agents.Takes = _ => Task.CompletedTask;
        (_begun, _ended, _probed) = await Counts();
    }

    [TestCase("a\\u0000b", TestName = "NUL in any member leads to no command without a row")]
    [TestCase("\\ud800", TestName = "A lone surrogate in any member leads to no command without a row")]
    [TestCase("\\u202e\\r\\nX", TestName = "Line ends and overrides in any member lead to no command without a row")]
    public async Task Content(string escaped)
    {
        foreach (var member in Members)
        {
            var body = Body(member, "@@").ToJsonString().Replace("@@", escaped, StringComparison.Ordinal);
            var reply = await Gateway.Operator.Post("/api/federation/test", body);
            Assert.That((int)reply.Status, Is.LessThan(500), $"{member}: {reply.Body}");
        }

        var (begun, ended, probed) = await Counts();
        Assert.That(probed - _probed, Is.EqualTo(Agents.Executed.Count), "each command has its outcome");
        Assert.That(begun - _begun, Is.EqualTo(ended - _ended).And.GreaterThanOrEqualTo(Agents.Executed.Count));
    }

    [Test]
    public async Task A_member_of_nearly_a_megabyte_is_stored_short_or_refused()
    {
        foreach (var member in Members)
        {
            var reply = await Gateway.Operator.Post("/api/federation/test", Body(member, new string('m', 1_000_000)).ToJsonString());
            Assert.That((int)reply.Status, Is.LessThan(500), $"{member}: {reply.Body}");
        }

        var (begun, ended, probed) = await Counts();
        Assert.That(Agents.Executed, Is.Not.Empty);
        Assert.That(probed - _probed, Is.EqualTo(Agents.Executed.Count));
        Assert.That(begun - _begun, Is.EqualTo(ended - _ended));
        Assert.That(
            (await Gateway.Query<int>("SELECT max(octet_length(fields::text)) FROM identity.audit_events"))[0], Is.LessThan(20_000));
    }

    [TestCase("user_email", "a\\u0007@b.test", "user_email: must not hold control characters")]
    [TestCase("user_id", "a\\u0000", "user_id: must not hold control characters")]
    [TestCase("user_email", "@321", "user_email: at most 320 characters")]
    [TestCase("user_id", "@321", "user_id: at most 320 characters")]
    public async Task What_names_the_user_is_one_short_line(string member, string value, string message)
    {
        var body = Body(member, "@@").ToJsonString().Replace(
            "@@", value == "@321" ? new string('a', 321) : value, StringComparison.Ordinal);
        var reply = await Gateway.Operator.Post("/api/federation/test", body);

        Assert.That((reply.Status, reply.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
        Assert.That((await Counts()).Begun, Is.EqualTo(_begun), "a request that cannot be read begins nothing");
    }

    [TestCase("alice@example.com", "a\nb", "user_id: must not hold control characters")]
    [TestCase("a\0@example.com", "u", "user_email: must not hold control characters")]
    public async Task A_session_is_as_strict(string email, string id, string message)
    {
        var name = await CreateFederated();
        var refused = (await Resolve(name, email, id)).Refusal;

        Assert.That(refused?.Message, Is.EqualTo(message));
    }

    [TestCase(0)]
    [TestCase(50)]
    [TestCase(500)]
    public async Task A_caller_who_hangs_up_ends_the_command_and_not_its_rows(int milliseconds)
    {
        var ended = 0;
        Agents.Takes = async cancellation =>
        {
            try
            {
                await Task.Delay(Timeout.Infinite, cancellation);
            }
            finally
            {
                Interlocked.Increment(ref ended);
            }
        };
        for (var i = 0; i < 3; i++)
        {
            using var hangUp = new CancellationTokenSource(milliseconds);
            using var content = new StringContent(Body().ToJsonString(), Encoding.UTF8, "application/json");
            Assert.That(
                () => Gateway.Operator.PostAsync("/api/federation/test", content, hangUp.Token),
                Throws.InstanceOf<OperationCanceledException>());
        }

        await Eventually.True(
            async () => await Counts() is var (begun, outcomes, _) && begun - _begun == outcomes - _ended && ended == Agents.Executed.Count,
            "an outcome of each row that began, an end of each command");
        var failures = await Gateway.Query<string>(
            "SELECT failure FROM identity.audit_events WHERE resource_type = 'federation_test' AND outcome <> 'begun' ORDER BY id DESC LIMIT @Limit",
            new { Limit = (await Counts()).Ended - _ended });
        Assert.That(failures, Is.All.EqualTo("cancelled"));
        Assert.That((await Counts()).Begun - _begun, Is.GreaterThanOrEqualTo(Agents.Executed.Count));
        if (milliseconds == 500)
        {
            Assert.That(Agents.Executed, Is.Not.Empty);
        }
    }

    [Test]
    public async Task While_the_trail_is_locked_nothing_runs()
    {
        await using var connection = await Gateway.Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var take = new NpgsqlCommand("LOCK TABLE identity.audit_events IN ACCESS EXCLUSIVE MODE", connection, transaction))
        {
            await take.ExecuteNonQueryAsync();
        }

        var running = Gateway.Operator.Post("/api/federation/test", Body().ToJsonString());
        await Eventually.True(
            async () =>
                (await Gateway.Query<long>("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'identity.audit_events'::regclass"))[0] > 0,
            "the row waits for the lock");
        Assert.That(Agents.Executed, Is.Empty);

        await transaction.RollbackAsync();
        Assert.That((await running)["success"].GetBoolean(), Is.True);
        Assert.That(Agents.Executed, Has.Count.EqualTo(1));
        Assert.That((await Counts()).Begun - _begun, Is.EqualTo(1));
    }

    [Test]
    public async Task When_the_trail_takes_no_row_nothing_runs()
    {
        await Gateway.Execute("ALTER TABLE identity.audit_events ADD CONSTRAINT full_up CHECK (outcome <> 'begun') NOT VALID");
        try
        {
            Assert.That((int)(await Gateway.Operator.Post("/api/federation/test", Body().ToJsonString())).Status, Is.EqualTo(500));
            Assert.That(Agents.Executed, Is.Empty);
        }
        finally
        {
            await Gateway.Execute("ALTER TABLE identity.audit_events DROP CONSTRAINT full_up");
        }
    }

    [Test]
    public async Task Arguments_and_script_are_in_the_row_as_digests_that_anybody_can_compute()
    {
        await Gateway.Operator.Post("/api/federation/test", Body("connection.test_script", "SELECT 'hunter2'").ToJsonString());

        var rows = (await Gateway.AuditOf("federation_test")).TakeLast(2).Select(row => JsonNode.Parse(row.Fields)!).ToList();
        foreach (var fields in rows)
        {
            Assert.That((string?)fields["argv_sha256"], Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData("bq\0query\0"u8))));
            Assert.That((string?)fields["script_sha256"], Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData("SELECT 'hunter2'"u8))));
            Assert.That((string?)fields["program"], Is.EqualTo("bq"));
        }
    }

    [Test]
    [Description("B12: no client needs a secret in clear to try a policy")]
    public async Task A_named_connections_variables_are_opened_by_the_gateway_and_named_in_the_row()
    {
        var name = await CreateConnection(
            new Dictionary<string, string> { ["envvar:REGION"] = "ZXU=", ["envvar:MODE"] = "c3RvcmVk", ["filesystem:CA"] = "e30=" });
        var body = Body("connection.name", name);
        body["connection"]!["envs"] = new JsonObject { ["MODE"] = "posted" };

        var reply = await Gateway.Operator.Post("/api/federation/test", body.ToJsonString());

        Assert.That(reply["success"].GetBoolean(), Is.True);
        var environment = Agents.Executed.Single().Environment;
        Assert.That((environment["REGION"], environment["MODE"], environment.ContainsKey("CA")), Is.EqualTo(("eu", "posted", false)));
        var row = (await Gateway.AuditOf("federation_test"))[^1];
        Assert.That(row.Fields, Does.Contain("\"secret_names\": [\"MODE\", \"REGION\"]").And.Not.Contain("stored"));
    }

    [Test]
    public async Task A_session_has_a_row_before_it_and_one_after_it_with_or_without_a_policy()
    {
        var (plain, federated) = (await CreateConnection(), await CreateFederated());
        var before = (await Gateway.AuditOf("federation_session")).Count;

        await Resolve(plain);
        await Resolve(federated);
        await Resolve("no-such-connection");

        var rows = (await Gateway.AuditOf("federation_session")).Skip(before).Select(row => (row.Outcome, row.Failure));
        Assert.That(rows, Is.EqualTo(new[]
        {
            ("begun", null), ("success", null), ("begun", null), ("success", (string?)null), ("begun", null), (
                "failure", "connection_not_found"),
        }));
    }

    private async Task<(long Begun, long Ended, long Probed)> Counts() => (await Gateway.Query<(long, long, long)>(CountsSql))[0];

    /// <param name="member">By its path; null changes nothing.</param>
    private JsonObject Body(string? member = null, string? value = null)
    {
        var body = new JsonObject
        {
            ["user_email"] = "alice@example.com",
            ["user_id"] = "user-1",
            ["config"] = System.Text.Json.JsonSerializer.SerializeToNode(PolicyWith()),
            ["connection"] = new JsonObject
            {
                ["agent_id"] = PlayedAgents.Known.ToString(),
                ["type"] = "custom",
                ["command"] = new JsonArray("bq", "query"),
                ["test_script"] = "SELECT 1",
                ["envs"] = new JsonObject { ["X"] = "1" },
            },
        };
        if (member?.Split('.') is [.. var path, var last])
        {
            var parent = path.Aggregate((JsonNode)body, (node, name) => node[name]!);
            if (parent is JsonArray list)
            {
                list[last[0] - '0'] = value;
            }
            else
            {
                parent[last] = value;
            }
        }

        return body;
    }
}
