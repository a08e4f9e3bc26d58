using System.Net;
using Hoop.Spiffe.Contracts;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.DryRuns;

public sealed class TestFederationTests : FederationFixture
{
    [OneTimeSetUp]
    public Task SomeConnectionRunsTheProbesCommand() => CreateConnection();

    [SetUp]
    public void NothingRanYet()
    {
        Agents.Executed.Clear();
        Agents.Runs = _ => new AgentExecution(AgentExecutionOutcome.Success, 0, "1\n", Truncated: false);
    }

    [Test]
    public async Task A_green_run_has_exactly_the_documented_members()
    {
        var reply = await Test(Body(envs: new() { ["GOOGLE_APPLICATION_CREDENTIALS"] = "/k.json", ["OTHER"] = "x" }));
        var probe = Agents.Executed.Single();

        Assert.Multiple(() =>
        {
            Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Message);
            Assert.That(reply["success"].GetBoolean(), Is.True);
            Assert.That(reply.Text("resolved_principal"), Is.EqualTo(Alice));
            Assert.That(reply.Text("admin_principal"), Is.EqualTo(Admin));
            Assert.That(
                reply["env_var_keys"].GetRawText(),
                Is.EqualTo("""["CLOUDSDK_CORE_PROJECT","HOOP_FEDERATED_PRINCIPAL","HOOP_GCP_ACCESS_TOKEN","HOOP_GCP_TOKEN_EXPIRES_AT"]"""));
            Assert.That(reply["superseded_env_vars"].GetRawText(), Is.EqualTo("""["GOOGLE_APPLICATION_CREDENTIALS"]"""));
            Assert.That(reply.Text("token_expires_at"), Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"));
            Assert.That(reply.Text("probe_status"), Is.EqualTo("success"));
            Assert.That(reply.Text("probe_output"), Is.EqualTo("1\n"));
            Assert.That(reply.Body.TryGetProperty("error", out _), Is.False);
            Assert.That(
                probe.Environment.Keys.Order(),
                Is.EqualTo(new[] { "CLOUDSDK_CORE_PROJECT", "HOOP_FEDERATED_PRINCIPAL", "HOOP_GCP_ACCESS_TOKEN",
                    "HOOP_GCP_TOKEN_EXPIRES_AT", "OTHER" }));
            Assert.That(Google.Owner(probe.Environment["HOOP_GCP_ACCESS_TOKEN"]), Is.EqualTo(Alice));
            Assert.That(probe.Script, Is.EqualTo("SELECT 1"));
        });
    }

    [Test]
    public async Task A_named_connection_reports_what_a_session_would_strip()
    {
        var name = await CreateConnection(new Dictionary<string, string> { ["filesystem:GOOGLE_APPLICATION_CREDENTIALS"] = "eA==" });

        var named = await Test(Body(name: name));
        var unnamed = await Test(Body());

        Assert.That(named["superseded_env_vars"].GetRawText(), Is.EqualTo("""["GOOGLE_APPLICATION_CREDENTIALS"]"""));
        Assert.That(unnamed.Body.TryGetProperty("superseded_env_vars", out _), Is.False);
        Assert.That((await Test(Body(name: "absent"))).Message, Is.EqualTo("connection not found"));
    }

    [Test]
    public async Task The_documents_own_sample_is_green_with_warnings()
    {
        var reply = await Test(Body());

        Assert.That(reply["success"].GetBoolean(), Is.True);
        Assert.That(
            reply["warnings"].EnumerateArray().Select(item => item.GetString()),
            Has.Some.Contains("allowed_email_domains").And.Some.Contains("fewer than 6 characters"));
    }

    [Test]
    public async Task A_refused_principal_skips_the_probe()
    {
        Google.Revoke(Alice);
        var reply = await Test(Body());

        Assert.That(reply["success"].GetBoolean(), Is.False);
        Assert.That(reply.Text("probe_status"), Is.EqualTo("skipped"));
        Assert.That(
            reply.Text("error"),
            Does.StartWith($"impersonation of \"{Alice}\" failed: ").And.Contain("iam.serviceAccounts.getAccessToken"));
        Assert.That(Agents.Executed, Is.Empty);
    }

    [TestCase(GoogleFault.BadGatewayHtml)]
    [TestCase(GoogleFault.CredentialsRejected)]
    public async Task A_fault_at_Google_is_a_result_and_not_an_error(GoogleFault fault)
    {
        Google.FailEveryone(fault);
        var reply = await Test(Body());

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(reply["success"].GetBoolean(), Is.False);
        Assert.That(reply.Text("error"), Does.Not.Contain("<"));
    }

    [Test]
    public async Task Missing_and_unusable_credentials_are_results()
    {
        var missing = await Test(Body(new() { ["admin_credentials_json"] = null }));
        var broken = await Test(Body(new() { ["admin_credentials_json"] = "{\"type\": \"canary\"}" }));

        Assert.That(missing.Text("error"), Is.EqualTo("missing admin service-account credentials"));
        Assert.That(broken.Text("error"), Does.StartWith("invalid admin service-account JSON: ").And.Not.Contain("canary"));
    }

    [TestCase(AgentExecutionOutcome.Failed, "permission denied on table", "permission denied on table")]
    [TestCase(AgentExecutionOutcome.TimedOut, "killed after 30 s", "killed after 30 s")]
    [TestCase(AgentExecutionOutcome.NotConnected, "", "agent stream not found for 0b0f8a52-6a0b-4c58-9c39-2f2a1c6f0a01")]
    public async Task A_failed_probe_is_told_apart_from_a_failed_resolution(AgentExecutionOutcome outcome, string output, string told)
    {
        Agents.Runs = _ => new AgentExecution(outcome, null, output, Truncated: false);
        var reply = await Test(Body());

        Assert.That(reply["success"].GetBoolean(), Is.False);
        Assert.That(reply.Text("probe_status"), Is.EqualTo("failed"));
        Assert.That(reply.Text("probe_output"), Is.EqualTo(told));
        Assert.That(reply.Text("resolved_principal"), Is.EqualTo(Alice));
        Assert.That(reply.Body.TryGetProperty("error", out _), Is.False);
    }

    [Test]
    public async Task A_probe_that_prints_its_environment_does_not_show_the_token()
    {
        Agents.Runs = request =>
            new AgentExecution(AgentExecutionOutcome.Success, 0, string.Join('\n', request.Environment.Values), Truncated: false);

        Assert.That((await Test(Body())).Text("probe_output"), Does.Contain("***").And.Not.Contain("ya29."));
    }

    [Test]
    public async Task The_default_user_id_follows_from_the_email()
    {
        var template = "u{user.id}@my-proj.iam.gserviceaccount.com";
        var reply = await Test(Body(new() { ["identity_target_template"] = template }));

        Assert.That(reply.Text("error"), Does.Contain("uaec06cda-2c31-5dab-9a46-5b523101615a@"));
    }

    [Test]
    [Description("Commands on other tenants' agents: the agent must belong to the caller's organization")]
    public async Task An_agent_of_another_organization_looks_absent_and_runs_nothing()
    {
        var (id, stranger) = await Gateway.CreateOrganization("stranger-test");
        await SetFlag(Gateway, on: true, id);
        var calls = Google.Targets.Count;

        var foreign = await stranger.Post("/api/federation/test", Body());
        var absent = await Test(Body(agentId: Guid.NewGuid().ToString()));

        Assert.That((foreign.Status, foreign.Message), Is.EqualTo((HttpStatusCode.NotFound, "agent not found")));
        Assert.That(absent.Body.GetRawText(), Is.EqualTo(foreign.Body.GetRawText()));
        Assert.That(Agents.Executed, Is.Empty);
        Assert.That(Google.Targets, Has.Count.EqualTo(calls));
    }

    [TestCase("""{}""", "user_email is required")]
    [TestCase("""{"user_email": "a@b.test"}""", "config is required")]
    [TestCase("""{"user_email": "a@b.test", "config": {}}""", "connection is required")]
    [TestCase("""{"user_email": "a@b.test", "config": {}, "connection": {}}""", "connection.agent_id is required")]
    [TestCase("""{"user_email": "a@b.test", "config": {}, "connection": {"agent_id": "x"}}""", "connection.agent_id must be a UUID")]
    [TestCase("""{"user_email": "a@b.test", "config": {}, "connection": {"agent_id": "0b0f8a52-6a0b-4c58-9c39-2f2a1c6f0a01"}}""",
        "connection.command is required (argv slice with at least the binary name)")]
    [TestCase("""{"user_email": "a@b.test", "config": {}, "connection": {"agent_id": "0b0f8a52-6a0b-4c58-9c39-2f2a1c6f0a01", "command": ["bq"]}}""", "connection.test_script is required")]
    [TestCase("""{"user_email": "a@b.test", "config": {}, "connection": {"agent_id": "0b0f8a52-6a0b-4c58-9c39-2f2a1c6f0a01", "command": ["bq"], "test_script": "x"}}""", "hook_source is required")]
    public async Task A_missing_member_is_named_in_order(string body, string message)
    {
        var reply = await Gateway.Operator.Post("/api/federation/test", body);

        Assert.That((reply.Status, reply.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
    }

    [Test]
    public async Task A_dry_run_stores_nothing_and_is_audited_with_its_outcome()
    {
        var stored = await Stored();
        await Test(Body());
        Google.Revoke(Alice);
        await Test(Body());

        var rows = (await Gateway.AuditOf("federation_test")).TakeLast(4).ToList();
        Assert.That(rows.Select(row => (row.Action, row.Outcome, row.Failure)), Is.EqualTo(new[]
        {
            ("test", "begun", (string?)null), ("test", "success", null), ("test", "begun", null), ("test", "failure", "principal_denied"),
        }));
        Assert.That(await Stored(), Is.EqualTo(stored));

        async Task<long> Stored() =>
            (await Gateway.Query<long>("SELECT (SELECT count(*) FROM federation.policies) + (SELECT count(*) FROM federation.principal_owners)"))[0];
    }

    [TestCase("sh", "-c", "id")]
    [TestCase("bq")]
    [TestCase("bq", "query", "--maximum_bytes_billed=0")]
    [TestCase("query", "bq")]
    [TestCase("bq query")]
    [TestCase("BQ", "query")]
    public async Task A_command_that_is_no_connections_own_does_not_run(params string[] command)
    {
        var calls = Google.Targets.Count;
        var body = Body();
        ((Dictionary<string, object?>)body["connection"]!)["command"] = command;
        var reply = await Test(body);
        var row = (await Gateway.AuditOf("federation_test"))[^1];

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.Forbidden, "command_not_allowed")));
        Assert.That((row.Outcome, row.Failure), Is.EqualTo(("failure", "command_not_allowed")));
        Assert.That(Agents.Executed, Is.Empty);
        Assert.That(Google.Targets, Has.Count.EqualTo(calls), "nothing is minted for it either");
    }

    [Test]
    public async Task A_command_of_another_connection_does_not_run_for_the_one_that_is_named()
    {
        var reply = await Gateway.Operator.Post(
            "/api/connections",
                new { name = "other-command", type = "custom", command = new[] { "psql", "-h", "$HOST" }, agent_id = PlayedAgents.Known });
        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Message);
        var theirs = Body(name: "other-command");
        var own = Body(name: "other-command");
        ((Dictionary<string, object?>)own["connection"]!)["command"] = new[] { "psql", "-h", "$HOST" };

        Assert.That((await Test(theirs)).Code, Is.EqualTo("command_not_allowed"));
        Assert.That((await Test(own)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task A_connection_that_lost_its_agent_lends_its_command_to_nobody()
    {
        var reply = await Gateway.Operator.Post(
            "/api/connections", new { name = "orphan", type = "custom", command = new[] { "orphan" }, agent_id = PlayedAgents.Known });
        await Gateway.Execute("UPDATE federation.connections SET agent_id = NULL WHERE name = 'orphan'");
        var body = Body();
        ((Dictionary<string, object?>)body["connection"]!)["command"] = new[] { "orphan" };

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Created), reply.Message);
        Assert.That((await Test(body)).Code, Is.EqualTo("command_not_allowed"));
    }

    [Test]
    [Description("googleapis/google-auth-library-python#1066: an odd 200 is a result with its row, never a 500")]
    public async Task An_unreadable_answer_of_Google_is_a_result_with_its_row(
        [Values(GoogleFault.JsonNull, GoogleFault.HtmlPage, GoogleFault.EmptyBody, GoogleFault.IdTokenOnly)] GoogleFault fault)
    {
        Google.FailTokenEndpoint(fault);
        var reply = await Test(Body());
        var row = (await Gateway.AuditOf("federation_test"))[^1];

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.OK), reply.Message);
        Assert.That(reply.Text("probe_status"), Is.EqualTo("skipped"));
        Assert.That(row.Failure, Is.EqualTo("upstream_invalid"));
    }

    [Test]
    public async Task A_dry_run_for_a_user_whose_account_is_anothers_says_whose()
    {
        var name = await CreateFederated();
        await Gateway.Execute("DELETE FROM federation.principal_owners");
        await Resolve(name, "alice@first.test", "user-a");

        var reply = await Test(Body());
        var own = Body();
        own["user_email"] = "alice@first.test";

        Assert.That(reply.Text("error"), Does.Contain("belongs to another user (alice@first.test)"));
        Assert.That((await Gateway.AuditOf("federation_test"))[^1].Failure, Is.EqualTo("principal_taken"));
        Assert.That((await Test(own))["success"].GetBoolean(), Is.True);
        await Gateway.Execute("DELETE FROM federation.principal_owners");
    }

    private Dictionary<string, object?> Body(
        Dictionary<string, object?>? policy = null, Dictionary<string, string>? envs = null, string? name = null, string? agentId = null)
    {
        var connection = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["agent_id"] = agentId ?? PlayedAgents.Known.ToString(),
            ["type"] = "custom",
            ["subtype"] = "bigquery",
            ["command"] = new[] { "bq", "query" },
            ["test_script"] = "SELECT 1",
        };
        if (envs is not null)
        {
            connection["envs"] = envs;
        }

        if (name is not null)
        {
            connection["name"] = name;
        }

        return new(StringComparer.Ordinal)
        {
            ["user_email"] = "alice@example.com",
            ["config"] = PolicyWith(policy),
            ["connection"] = connection
        };
    }

    private Task<Reply> Test(object body) => Gateway.Operator.Post("/api/federation/test", body);
}
