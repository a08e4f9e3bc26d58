using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary><c>hoop admin federation</c>: the outputs are those of the product's documents, letter by letter.</summary>
public sealed class FederationTests
{
    private const string Policy = """
        {"id":"1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed","connection_id":"6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b","hook_source":"builtin","builtin_provider":"gcp_iam",
        "has_admin_credentials":true,"identity_source_attribute":"email","identity_target_template":"{user.email_local}@my-proj.iam.gserviceaccount.com",
        "fallback_policy":"deny","token_ttl_seconds":3600,"extra_config":{"project_id":"my-proj"},"created_at":"2026-05-25T12:00:00Z","updated_at":"2026-05-25T12:00:00Z"}
        """;

    private const string Lines = """
        Connection:             my-bq
        Hook Source:            builtin
        Provider:               gcp_iam
        Identity Source:        email
        Identity Template:      {user.email_local}@my-proj.iam.gserviceaccount.com
        Fallback Policy:        deny
        Readonly Principal:     -
        Token TTL Seconds:      3600
        Has Admin Credentials:  yes
        Extra Config:           project_id=my-proj
        Created At:             2026-05-25T12:00:00Z
        Updated At:             2026-05-25T12:00:00Z

        """;

    private const string PolicyYaml = """
        # federation.yaml, safe to commit
        builtin_provider: gcp_iam
        identity_source_attribute: email
        identity_target_template: "{user.email_local}@my-proj.iam.gserviceaccount.com"
        fallback_policy: deny
        readonly_principal: ""
        token_ttl_seconds: 3600
        extra_config:
          project_id: my-proj
        """;

    private const string Connection = """
        {"id":"6ec0bd7f-11c0-43da-975e-2a8ad9ebae0b","name":"my-bq","type":"custom","subtype":"bigquery","agent_id":"75122bce-dd49-4fd0-9a5a-6d8a35a2a8e5",
        "command":["bq","query"],"secret":{"envvar:CLOUDSDK_CORE_PROJECT":null,"filesystem:GOOGLE_APPLICATION_CREDENTIALS":null,"filesystem:CA":null}}
        """;

    private const string Green = """
        {"success":true,"resolved_principal":"alice@my-proj.iam.gserviceaccount.com","admin_principal":"hoop-admin@my-proj.iam.gserviceaccount.com",
        "env_var_keys":["HOOP_GCP_ACCESS_TOKEN","CLOUDSDK_CORE_PROJECT","HOOP_FEDERATED_PRINCIPAL","HOOP_GCP_TOKEN_EXPIRES_AT"],
        "superseded_env_vars":["GOOGLE_APPLICATION_CREDENTIALS"],"token_expires_at":"2026-05-25T18:00:00Z","probe_status":"success","probe_output":"+---+\n| f0_ |\n+---+\n| 1 |\n+---+\n"}
        """;

    private const string Failed = """{"success":false,"probe_status":"skipped","error":"impersonation of \"x\" failed: denied"}""";

    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _gateway = await StubGateway.Start();
        _gateway.On("GET /api/connections/my-bq?secrets=names", 200, Connection).On("GET /api/connections/my-bq/federation", 200, Policy);
        _hoop = new HoopProcess(_gateway.Address);
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [TestCase("federation")]
    [TestCase("fed")]
    public async Task Get_prints_the_documented_table(string spelling)
    {
        var ran = await _hoop.Run("admin", spelling, "get", "my-bq");

        Assert.That(ran, Is.EqualTo(new Ran(0, Lines, "")));
        Assert.That(_gateway.Requests.Single().Authorization, Is.EqualTo($"Bearer {HoopProcess.Token}"));
    }

    [Test]
    public async Task Get_as_json_prints_the_answer_and_adds_nothing()
    {
        var ran = await _hoop.Run("admin", "federation", "get", "my-bq", "-o", "json");

        Assert.That(ran, Is.EqualTo(new Ran(0, Policy + "\n", "")));
    }

    [Test]
    public async Task Get_without_a_connection_is_a_usage_error()
    {
        var ran = await _hoop.Run("admin", "federation", "get");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.StartWith("error: missing connection name\nusage: hoop admin federation get CONNECTION [options]\n"));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    public async Task Set_sends_policy_and_credentials_and_prints_the_result()
    {
        _gateway.On("PUT /api/connections/my-bq/federation", 200, Policy);

        var ran = await _hoop.Run(
            "admin",
            "federation",
            "set",
            "my-bq",
            "--file",
            _hoop.File("federation.yaml", PolicyYaml),
            "--credentials-file",
            _hoop.File("sa.json", "{\"type\":\"service_account\"}\n"));

        Assert.That(ran, Is.EqualTo(new Ran(0, "federation configured for connection \"my-bq\"\n\n" + Lines, "")));
        Assert.That(_gateway.Requests.Single().Body, SameJson.As(
            """{"hook_source":"builtin","builtin_provider":"gcp_iam","identity_source_attribute":"email","identity_target_template":"{user.email_local}@my-proj.iam.gserviceaccount.com","fallback_policy":"deny","token_ttl_seconds":3600,"extra_config":{"project_id":"my-proj"},"admin_credentials_json":"{\"type\":\"service_account\"}\n"}"""));
    }

    [Test]
    public async Task Set_without_credentials_sends_none_and_tells_when_none_are_stored()
    {
        _gateway.On(
            "PUT /api/connections/my-bq/federation", 200, Policy.Replace("\"has_admin_credentials\":true,", "", StringComparison.Ordinal));

        var ran = await _hoop.Run("admin", "federation", "set", "my-bq", "--file", _hoop.File("federation.yaml", PolicyYaml));

        Assert.That(ran.Out, Does.Contain("Has Admin Credentials:  no\n"));
        Assert.That(ran.Error, Does.StartWith("note: no admin credentials are stored yet"));
        Assert.That(_gateway.Requests.Single().Body.TryGetProperty("admin_credentials_json", out _), Is.False);
    }

    [Test]
    public async Task Delete_says_what_it_removed()
    {
        _gateway.On("DELETE /api/connections/my-bq/federation", 204);

        var ran = await _hoop.Run("admin", "federation", "delete", "my-bq");

        Assert.That(ran, Is.EqualTo(new Ran(0, "federation removed for connection \"my-bq\"\n", "")));
    }

    [Test]
    public async Task A_green_test_prints_the_documented_table_and_exits_0()
    {
        _gateway.On("POST /api/federation/test", 200, Green);

        var ran = await Test();

        Assert.That(ran, Is.EqualTo(new Ran(0, """
            Connection:             my-bq
            Status:                 SUCCESS
            Resolved Principal:     alice@my-proj.iam.gserviceaccount.com
            Admin Principal:        hoop-admin@my-proj.iam.gserviceaccount.com
            Token Expires At:       2026-05-25T18:00:00Z
            Injected Env Var Keys:  CLOUDSDK_CORE_PROJECT, HOOP_FEDERATED_PRINCIPAL, HOOP_GCP_ACCESS_TOKEN, HOOP_GCP_TOKEN_EXPIRES_AT
            Superseded Static Envs: GOOGLE_APPLICATION_CREDENTIALS
            Probe Status:           success

            Probe Output:
            +---+
            | f0_ |
            +---+
            | 1 |
            +---+

            """, "note: skipping filesystem-typed secrets, for which the probe has no files: CA, GOOGLE_APPLICATION_CREDENTIALS\n")));
    }

    [Test]
    public async Task Test_composes_the_request_from_the_stored_policy_and_the_connection()
    {
        _gateway.On("POST /api/federation/test", 200, Green);

        await Test("--test-script", "SELECT 2");
        var sent = _gateway.Requests.Single(request => request.Line == "POST /api/federation/test").Body;

        Assert.That(sent.GetProperty("user_email").GetString(), Is.EqualTo("alice@example.com"));
        Assert.That(sent.TryGetProperty("user_id", out _), Is.False, "the gateway makes one of the address");
        Assert.That(sent.GetProperty("config").EnumerateObject().Select(member => member.Name), Is.EquivalentTo(new[]
        {
            "hook_source", "builtin_provider", "identity_source_attribute", "identity_target_template", "fallback_policy",
                "token_ttl_seconds", "extra_config", "admin_credentials_json",
        }));
        Assert.That(sent.GetProperty("connection"), SameJson.As(
            """{"name":"my-bq","agent_id":"75122bce-dd49-4fd0-9a5a-6d8a35a2a8e5","command":["bq","query"],"test_script":"SELECT 2"}"""));
    }

    [Test]
    public async Task Test_takes_a_draft_policy_and_a_user_id()
    {
        _gateway.On("POST /api/federation/test", 200, Green);

        var ran = await Test(
            "--file", _hoop.File(
                "draft.yaml", PolicyYaml.Replace(
                    "deny", "readonly", StringComparison.Ordinal).Replace("readonly_principal: \"\"", "readonly_principal: "
                        + "ro@x.iam.gserviceaccount.com", StringComparison.Ordinal)), "--user-id", "u-1");
        var sent = _gateway.Requests.Single(request => request.Line == "POST /api/federation/test").Body;

        Assert.That(ran.Code, Is.Zero);
        Assert.That(_gateway.Requests.Select(request => request.Line), Has.None.EqualTo("GET /api/connections/my-bq/federation"));
        Assert.That(sent.GetProperty("config").GetProperty("readonly_principal").GetString(), Is.EqualTo("ro@x.iam.gserviceaccount.com"));
        Assert.That(sent.GetProperty("user_id").GetString(), Is.EqualTo("u-1"));
    }

    [Test]
    public async Task A_failed_test_exits_1_and_says_why()
    {
        _gateway.On("POST /api/federation/test", 200, Failed);

        var ran = await Test();

        Assert.That(ran.Code, Is.EqualTo(1));
        Assert.That(ran.Out, Does.Contain("Status:                 FAILED\nResolved Principal:     -\n"));
        Assert.That(
            ran.Out, Does.EndWith("Probe Status:           skipped\nError:                  impersonation of \"x\" failed: denied\n"));
    }

    [Test]
    public async Task A_failed_test_exits_1_with_json_too()
    {
        _gateway.On("POST /api/federation/test", 200, Failed);

        var ran = await Test("-o", "json");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, Failed + "\n")));
    }

    [Test]
    public async Task A_probe_that_did_not_succeed_is_no_success()
    {
        _gateway.On("POST /api/federation/test", 200, """{"success":true,"probe_status":"failed"}""");

        Assert.That((await Test()).Code, Is.EqualTo(1));
    }

    [Test]
    public async Task Without_a_stored_policy_test_points_to_the_file_option()
    {
        _gateway.On(
            "GET /api/connections/my-bq/federation",
            404,
            """{"message":"federation not configured for this connection","code":"not_found"}""");

        var ran = await Test();

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "", "error: failed loading the federation policy of connection \"my-bq\": federation not configured "
                + "for this connection. Try a policy of your own with --file\n")));
    }

    [TestCase("""{"agent_id":null,"command":["bq"]}""", "connection \"my-bq\" has no agent_id")]
    [TestCase("""{"agent_id":"75122bce-dd49-4fd0-9a5a-6d8a35a2a8e5","command":[]}""", "connection \"my-bq\" has an empty command")]
    public async Task A_connection_that_cannot_be_probed_is_refused_here(string connection, string message)
    {
        _gateway.On("GET /api/connections/my-bq?secrets=names", 200, connection);

        Assert.That(await Test(), Is.EqualTo(new Ran(1, "", $"error: {message}\n")));
    }

    [Test]
    public async Task A_switched_off_feature_names_the_command_that_switches_it_on()
    {
        _gateway.On(
            "GET /api/connections/my-bq/federation",
            403,
            """{"message":"IAM federation is behind the feature flag experimental.iam_federation","code":"feature_disabled"}""");

        var ran = await _hoop.Run("admin", "federation", "get", "my-bq");

        Assert.That(
            ran,
            Is.EqualTo(new Ran(1, "", "error: IAM federation is behind the feature flag experimental.iam_federation (403). Run: hoop "
                + "admin feature-flag enable experimental.iam_federation\n")));
    }

    [Test]
    public async Task Debug_tells_requests_and_never_a_credential()
    {
        _gateway.On("POST /api/federation/test", 200, Green);

        var ran = await Test("--debug");

        Assert.That(ran.Code, Is.Zero);
        Assert.That(ran.Error, Does.Contain($"debug: POST {_gateway.Address}api/federation/test -> 200, "));
        Assert.That(ran.Out + ran.Error, Does.Not.Contain("canary"));
    }

    private Task<Ran> Test(params string[] more) => _hoop.Run(
        ["admin", "federation", "test", "--connection", "my-bq", "--user-email", "alice@example.com", "--credentials-file",
            _hoop.File("sa.json", "{\"private_key\":\"canary\"}"), .. more]);
}
