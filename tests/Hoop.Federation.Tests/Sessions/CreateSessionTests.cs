using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Hoop.Shared;
using Hoop.Shared.Callers;
using Hoop.Spiffe.Contracts;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Sessions;

public sealed class CreateSessionTests : SessionFixture
{
    [Test]
    public async Task An_agent_opens_no_session()
    {
        var name = await CreateConnection();
        var agent = new Caller(
            DefaultOrganization.Id, CallerKind.Agent, Alias.OfAgentKey(PlayedAgents.Known), "agent", [], Role.Standard);

        Assert.That((await Exec(name, agent)).Succeeded(out _, out var refused), Is.False);
        Assert.That(refused!.Code, Is.EqualTo("agents_open_no_sessions"));
        Assert.That(Agents.Executed, Is.Empty);
    }

    [Test]
    public async Task A_script_runs_through_the_connections_command_and_leaves_its_row()
    {
        var name = await CreateConnection(new Dictionary<string, string> { ["envvar:REGION"] = "ZXU=" });

        var reply = await Gateway.Operator.Post("/api/sessions", new { connection = name, script = "SELECT 1" });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Message);
        Assert.That((reply["output"].GetString(), reply["truncated"].GetBoolean()), Is.EqualTo(("1\n", false)));
        var ran = Agents.Executed.Single();
        Assert.That((ran.Script, ran.Environment["REGION"]), Is.EqualTo(("SELECT 1", "eu")));
        Assert.That(ran.Command, Is.EqualTo(new[] { "bq", "query" }));

        var session = await Only(Gateway.Operator, $"connection={name}");
        Assert.Multiple(() =>
        {
            Assert.That(session.GetProperty("id").GetString(), Is.EqualTo(reply["session"].GetProperty("id").GetString()));
            Assert.That(session.GetProperty("status").GetString(), Is.EqualTo("done"));
            Assert.That(session.GetProperty("exit_code").GetInt32(), Is.Zero);
            Assert.That(session.GetProperty("agent_id").GetGuid(), Is.EqualTo(PlayedAgents.Known));
            Assert.That((session.GetProperty("bytes_in").GetInt64(), session.GetProperty("bytes_out").GetInt64()), Is.EqualTo((8, 2)));
            Assert.That(session.GetProperty("ended_at").GetDateTime(), Is.GreaterThanOrEqualTo(
                session.GetProperty("started_at").GetDateTime()));
            Assert.That(session.GetProperty("provider").ValueKind, Is.EqualTo(JsonValueKind.Null));
        });
        var rows = (await Gateway.AuditOf("session")).Where(row => row.ResourceId == session.GetProperty("id").GetString()).ToArray();
        Assert.That(rows.Select(row => (row.Action, row.Outcome)), Is.EqualTo(new[] { ("create", "begun"), ("create", "success") }));
        Assert.That(rows[1].Fields, Does.Contain("\"status\": \"done\"").And.Not.Contain("SELECT"));
    }

    [Test]
    public async Task The_exit_code_of_the_command_is_told_and_is_no_failure_of_ours()
    {
        var name = await CreateConnection();
        Agents.Runs = _ => new AgentExecution(AgentExecutionOutcome.Failed, 3, "no such table\n", Truncated: true);

        var reply = await Gateway.Operator.Post("/api/sessions", new { connection = name, script = "SELECT" });

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(
            (reply["session"].GetProperty("status").GetString(), reply["session"].GetProperty("exit_code").GetInt32(),
                reply["truncated"].GetBoolean()),
            Is.EqualTo(("done", 3, true)));
    }

    [TestCase(AgentExecutionOutcome.NotConnected, 503, "agent_not_connected")]
    [TestCase(AgentExecutionOutcome.ConnectedElsewhere, 503, "agent_elsewhere")]
    [TestCase(AgentExecutionOutcome.Refused, 403, "agent_refused")]
    [TestCase(AgentExecutionOutcome.Failed, 422, "not_started")]
    public async Task What_never_ran_is_an_error_and_a_row(AgentExecutionOutcome outcome, int status, string code)
    {
        var name = await CreateConnection();
        Agents.Runs = _ => new AgentExecution(outcome, ExitCode: null, "so said the agent\nin two lines", Truncated: false);

        var reply = await Gateway.Operator.Post("/api/sessions", new { connection = name, script = "SELECT 1" });

        Assert.That(((int)reply.Status, reply.Code), Is.EqualTo((status, code)), reply.Message);
        var session = await Only(Gateway.Operator, $"connection={name}");
        Assert.That(
            (session.GetProperty("status").GetString(), session.GetProperty("reason").GetString(),
                session.GetProperty("message").GetString()),
            Is.EqualTo(("failed", code, "so said the agent in two lines")));
        Assert.That((await Gateway.AuditOf("session"))[^1].Failure, Is.EqualTo(code));
    }

    [TestCase(AgentExecutionOutcome.TimedOut, "timed_out")]
    [TestCase(AgentExecutionOutcome.Disconnected, "agent_disconnected")]
    public async Task What_did_not_come_to_its_end_says_so_with_what_it_wrote(AgentExecutionOutcome outcome, string reason)
    {
        var name = await CreateConnection();
        Agents.Runs = _ => new AgentExecution(outcome, ExitCode: null, "half", Truncated: false);

        var reply = await Gateway.Operator.Post("/api/sessions", new { connection = name, script = "SELECT 1", timeout_seconds = 1 });

        var session = reply["session"];
        Assert.That(
            (session.GetProperty("status").GetString(), session.GetProperty("reason").GetString(), reply["output"].GetString()),
            Is.EqualTo(("failed", reason, "half")));
        Assert.That(Agents.Executed.Single().Timeout, Is.EqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    [Description("A denied session leaves its row too, and the answer names it")]
    public async Task A_denied_session_leaves_its_row()
    {
        var name = await CreateFederated();
        using var response = await Gateway.Operator.PostAsJsonAsync("/api/sessions", new { connection = name, script = "SELECT 1" });

        var body = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.That(
            ((int)response.StatusCode, body.GetProperty("code").GetString()),
            Is.EqualTo((422, "identity_mapping_failed")), "what an administrator named a token is no verified address");
        var id = response.Headers.GetValues("X-Hoop-Session-Id").Single();
        var session = await Gateway.Operator.Get($"/api/sessions/{id}");
        Assert.That((session["status"].GetString(), session["reason"].GetString()), Is.EqualTo(("denied", "identity_mapping_failed")));
        Assert.That(session["message"].GetString(), Does.StartWith("federation failed: "));
        Assert.That(Agents.Executed, Is.Empty);
    }

    [Test]
    public async Task A_persons_session_runs_with_the_persons_own_account()
    {
        var name = await CreateFederated(secret: new Dictionary<string, string> { ["envvar:GOOGLE_APPLICATION_CREDENTIALS"] = "L2tleQ==" });

        var ran = await Exec(name, User());

        Assert.That(ran.Error, Is.Null);
        var environment = Agents.Executed.Single().Environment;
        Assert.That(environment["HOOP_FEDERATED_PRINCIPAL"], Is.EqualTo(Alice));
        Assert.That(environment.Keys, Has.No.Member("GOOGLE_APPLICATION_CREDENTIALS"));
        var session = ran.Value.Session;
        Assert.Multiple(() =>
        {
            Assert.That((session.ResolvedPrincipal, session.AdminPrincipal, session.Provider), Is.EqualTo((Alice, Admin, "gcp_iam")));
            Assert.That(session.TokenExpiresAt, Is.GreaterThan(DateTime.UtcNow.AddMinutes(50)));
            Assert.That((session.UserEmail, session.UserId), Is.EqualTo(("alice@example.com", "user-1")));
            Assert.That((session.FallbackApplied, session.FallbackReason), Is.EqualTo((false, (string?)null)));
        });
    }

    [Test]
    public async Task With_fallback_readonly_a_refused_account_gives_way_to_the_readonly_one_and_the_row_says_why()
    {
        var name = await CreateFederated(new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly });

        var ran = await Exec(name, User("nobody@example.com", "user-2"));

        var session = ran.Value.Session;
        Assert.That((session.ResolvedPrincipal, session.FallbackApplied), Is.EqualTo((Readonly, true)));
        Assert.That(session.FallbackReason, Does.Contain("nobody@my-proj.iam.gserviceaccount.com"));
        Assert.That(Agents.Executed.Single().Environment["HOOP_FEDERATED_PRINCIPAL"], Is.EqualTo(Readonly));
    }

    [Test]
    public async Task When_the_fallback_fails_too_both_reasons_are_told()
    {
        var name = await CreateFederated(
            new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = "absent-one@my-proj.iam.gserviceaccount.com" });

        var ran = await Exec(name, User("nobody@example.com", "user-3"));

        Assert.That(ran.Error?.Message, Does.StartWith("federation failed and fallback also failed: primary=").And.Contain(" fallback="));
        Assert.That(Agents.Executed, Is.Empty);
        Assert.That(
            (await Only(Gateway.Operator, $"connection={name}")).GetProperty("message").GetString(), Is.EqualTo(ran.Error!.Message));
    }

    [Test]
    public async Task An_outage_at_google_is_no_reason_for_the_fallback()
    {
        var name = await CreateFederated(new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly });
        Google.FailEveryone(GoogleFault.ServiceDisabled);

        var ran = await Exec(name, User("carol@example.com", "user-4"));

        Assert.That(ran.Error?.Code, Is.EqualTo("api_disabled"));
        Assert.That(Agents.Executed, Is.Empty);
    }

    [TestCase("{}", "connection is required: the name or id of one")]
    [TestCase("""{ "connection": "x", "script": "a\u0000" }""", "script: must not hold NUL")]
    [TestCase("""{ "connection": "x", "timeout_seconds": 601 }""", "timeout_seconds: from 1 to 600")]
    [TestCase("""{ "connection": "x", "correlation_id": "" }""",
        "correlation_id (X-Hoop-Correlation-Id): 1 to 255 printable ASCII characters")]
    [TestCase("""{ "connection": "x", "correlation_id": "ä" }""",
        "correlation_id (X-Hoop-Correlation-Id): 1 to 255 printable ASCII characters")]
    public async Task What_cannot_be_read_begins_nothing(string body, string message)
    {
        var before = await Gateway.Query<long>("SELECT count(*) FROM federation.sessions");

        var reply = await Gateway.Operator.Post("/api/sessions", body);

        Assert.That((reply.Status, reply.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
        Assert.That(await Gateway.Query<long>("SELECT count(*) FROM federation.sessions"), Is.EqualTo(before));
    }

    [Test]
    public async Task A_correlation_id_comes_by_header_or_body_and_finds_the_session()
    {
        var name = await CreateConnection();
        using var client = Gateway.As(TestGateway.AdminToken);
        client.DefaultRequestHeaders.Add("X-Hoop-Correlation-Id", "ticket 4711~");

        await client.Post("/api/sessions", new { connection = name, script = "1" });
        await client.Post("/api/sessions", new { connection = name, script = "2", correlation_id = new string('x', 255) });

        Assert.That((await Only(client, "correlation_id=ticket%204711~")).GetProperty("connection").GetString(), Is.EqualTo(name));
        Assert.That(
            (await Only(client, $"correlation_id={new string('x', 255)}")).GetProperty("correlation_id").GetString(), Has.Length.EqualTo(255));
        var tooLong = await client.Post("/api/sessions", new { connection = name, correlation_id = new string('x', 256) });
        Assert.That(tooLong.Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [Test]
    public async Task A_connection_that_is_not_there_leaves_no_session()
    {
        var reply = await Gateway.Operator.Post("/api/sessions", new { connection = "no-such-one", script = "1" });

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.NotFound, "connection_not_found")));
        Assert.That((await Gateway.Operator.Get("/api/sessions?connection=no-such-one")).Body.GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task A_caller_has_no_more_sessions_at_once_than_it_may()
    {
        var agents = new PlayedAgents();
        RunUntilCancelled(agents);
        var settings = Settings();
        settings["HOOP_SESSIONS_PER_CALLER"] = "2";
        await using var gateway = await TestGateway.Start(settings, Play(agents), Gateway.Connection);
        var name = await CreateConnection();
        using var leave = new CancellationTokenSource();
        var running = Enumerable.Range(0, 2).Select(_ => Exec(name, User(), gateway, leave.Token)).ToArray();
        await Eventually.True(() => agents.Executed.Count == 2, () => "they do not run");

        Assert.That((await Exec(name, User(), gateway: gateway)).Error?.Code, Is.EqualTo("too_many_sessions"));

        using var other = new CancellationTokenSource();
        var others = Exec(name, User("bob@example.com", "user-9"), gateway, other.Token);
        await Eventually.True(() => agents.Executed.Count == 3, () => "somebody else's does not run");
        await leave.CancelAsync();
        await other.CancelAsync();
        foreach (var one in running.Append(others))
        {
            Assert.That((await one).Value.Session.Reason, Is.EqualTo("caller_gone"));
        }

        agents.Takes = _ => Task.CompletedTask;
        Assert.That((await Exec(name, User(), gateway: gateway)).Error, Is.Null, "there is room again");
    }
}
