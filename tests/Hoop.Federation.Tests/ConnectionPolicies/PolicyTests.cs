using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.ConnectionPolicies;

public sealed class PolicyTests : FederationFixture
{
    [Test]
    public async Task A_first_put_creates_and_get_reads_it_with_the_defaults()
    {
        var name = await CreateConnection();

        var put = await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith());
        var get = await Gateway.Operator.Get($"/api/connections/{name}/federation");

        Assert.Multiple(() =>
        {
            Assert.That(put.Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(get.Body.GetRawText(), Is.EqualTo(put.Body.GetRawText()));
            Assert.That(get.Text("hook_source"), Is.EqualTo("builtin"));
            Assert.That(get.Text("builtin_provider"), Is.EqualTo("gcp_iam"));
            Assert.That(get.Text("identity_source_attribute"), Is.EqualTo("email"));
            Assert.That(get.Text("fallback_policy"), Is.EqualTo("deny"));
            Assert.That(get["token_ttl_seconds"].GetInt32(), Is.EqualTo(3600));
            Assert.That(get["has_admin_credentials"].GetBoolean(), Is.True);
            Assert.That(get.Text("credentials_sha256"), Does.Match("^[0-9a-f]{64}$").And.EqualTo(put.Text("credentials_sha256")));
            Assert.That(get["extra_config"].GetRawText(), Is.EqualTo("""{"project_id":"my-proj"}"""));
            Assert.That(get.Body.TryGetProperty("readonly_principal", out _), Is.False);
            Assert.That(get.Body.TryGetProperty("admin_credentials_json", out _), Is.False);
            Assert.That(get.Text("created_at"), Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"));
        });
    }

    [Test]
    public async Task Credentials_stay_on_an_update_without_them_and_everything_else_is_replaced()
    {
        var name = await CreateFederated(
            new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly, ["token_ttl_seconds"] = 60 });
        var before = await Gateway.Operator.Get($"/api/connections/{name}/federation");

        var after = await Gateway.Operator.Put(
            $"/api/connections/{name}/federation", PolicyWith(new() { ["admin_credentials_json"] = "" }));
        var resolved = await Resolve(name);

        Assert.Multiple(() =>
        {
            Assert.That(after["has_admin_credentials"].GetBoolean(), Is.True);
            Assert.That(after.Body.TryGetProperty("readonly_principal", out _), Is.False);
            Assert.That(after["token_ttl_seconds"].GetInt32(), Is.EqualTo(3600));
            Assert.That(after.Text("id"), Is.EqualTo(before.Text("id")));
            Assert.That(after.Text("created_at"), Is.EqualTo(before.Text("created_at")));
            Assert.That(resolved.Environment?.Federated?.Principal, Is.EqualTo(Alice));
        });
    }

    [Test]
    public async Task What_get_answered_can_be_put_back()
    {
        var name = await CreateFederated(
            new()
            {
                ["extra_config"] = new
                {
                    project_id = Project,
                    allowed_projects = new[] { "extra" },
                    allowed_email_domains = new[] { "Example.com" }
                }
            });
        var get = await Gateway.Operator.Get($"/api/connections/{name}/federation");

        var back = await Gateway.Operator.Put($"/api/connections/{name}/federation", get.Body.GetRawText());

        Assert.That(back.Status, Is.EqualTo(HttpStatusCode.OK), back.Message);
        Assert.That(back["extra_config"].GetRawText(), Is.EqualTo(get["extra_config"].GetRawText()));
    }

    [Test]
    public async Task Without_credentials_a_policy_is_stored_and_a_session_says_what_is_missing()
    {
        var name = await CreateConnection();
        var put = await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith(credentials: false));
        var resolved = await Resolve(name);

        Assert.That(put.Body.TryGetProperty("has_admin_credentials", out _), Is.False);
        Assert.That(resolved.Refusal?.Message, Is.EqualTo("federation failed: missing admin service-account credentials"));
    }

    [TestCase("hook_source", null, "hook_source is required")]
    [TestCase("hook_source", "plugin", "hook_source must be \"builtin\"")]
    [TestCase("builtin_provider", null, "builtin_provider is required when hook_source=builtin")]
    [TestCase("builtin_provider", "aws", "unknown builtin_provider \"aws\"")]
    [TestCase("fallback_policy", "readonly", "readonly_principal is required when fallback_policy=readonly")]
    [TestCase("fallback_policy", "static", "fallback_policy must be one of: deny, readonly")]
    [TestCase("token_ttl_seconds", -1, "token_ttl_seconds must be between 1 and 43200")]
    [TestCase("token_ttl_seconds", 43201, "token_ttl_seconds must be between 1 and 43200")]
    [TestCase("identity_source_attribute", "name",
        "identity template validation failed: unsupported identity source attribute \"name\" (supported: email, id, $.user.email, $.user.id)")]
    [TestCase("identity_target_template", "{user.name}@my-proj.iam.gserviceaccount.com",
        "identity template validation failed: identity target template contains unknown placeholder {user.name} (supported: {user.email}, {user.email_local}, {user.id})")]
    [TestCase("identity_target_template", "{user.id}@other.iam.gserviceaccount.com",
        "identity template validation failed: identity target template must end in @my-proj.iam.gserviceaccount.com, or extra_config.allowed_projects must list its project")]
    [TestCase("extra_config", null, "extra_config.project_id is required for gcp_iam federation")]
    public async Task A_broken_rule_is_explained(string member, object? value, string message)
    {
        var name = await CreateConnection();

        var reply = await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith(new() { [member] = value }));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(reply.Message, Is.EqualTo(message));
        Assert.That(
            (await Gateway.Operator.Get($"/api/connections/{name}/federation")).Message,
            Is.EqualTo("federation not configured for this connection"));
    }

    [TestCase("email")]
    [TestCase("id")]
    [TestCase("$.user.email")]
    [TestCase("$.user.id")]
    public async Task Both_spellings_of_a_source_are_taken_and_echoed(string source)
    {
        var name = await CreateFederated(new() { ["identity_source_attribute"] = source });

        Assert.That(
            (await Gateway.Operator.Get($"/api/connections/{name}/federation")).Text("identity_source_attribute"), Is.EqualTo(source));
    }

    [TestCase("{")]
    [TestCase("[]")]
    [TestCase("{\"hook_source\": 5}")]
    [TestCase("{\"hook_source\": \"builtin\", \"hook_source\": \"builtin\"}")]
    [TestCase("{\"hook_source\": \"builtin\", \"extra_config\": {\"a\": {}}}")]
    [TestCase("{\"hook_source\": \"builtin\", \"extra_config\": {\"a\": 1.5}}")]
    [TestCase("{\"hook_source\": \"builtin\", \"extra_config\": {\"a\": \"\\u0000\"}}")]
    [TestCase("{\"hook_source\": \"builtin\", \"extra_config\": {\"a\": \"\\ud800\"}}")]
    [TestCase("{\"hook_source\": \"builtin\", \"extra_config\": {\"a\": 1, \"a\": 2}}")]
    [TestCase("{\"hook_source\": \"builtin\", \"extra_config\": []}")]
    [TestCase("{\"hook_source\": \"builtin\", \"token_ttl_seconds\": 99999999999}")]
    [TestCase("{\"hook_source\": \"builtin\", \"token_ttl_seconds\": \"60\"}")]
    [TestCase("{\"hook_source\": \"builtin\", \"builtin_provider\": \"gcp_iam\", \"identity_target_template\": \"a\\u0000b\", \"extra_config\": {\"project_id\": \"my-proj\"}}")]
    public async Task A_malformed_body_is_a_400(string body)
    {
        var name = await CreateConnection();
        Assert.That(
            (await Gateway.Operator.Put($"/api/connections/{name}/federation", body)).Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("type", "\"external_account\"", "audience")]
    [TestCase("type", "\"authorized_user\"", "type")]
    [TestCase("type", null, "type")]
    [TestCase("client_email", null, "client_email")]
    [TestCase("private_key", "\"-----BEGIN PRIVATE KEY-----\\ncanary\\n-----END PRIVATE KEY-----\"", "private_key")]
    [TestCase("private_key", "5", "private_key")]
    [TestCase("token_uri", "\"http://169.254.169.254/canary\"", "token_uri")]
    [TestCase("token_uri", "\"https://oauth2.googleapis.com/token/\"", "token_uri")]
    [TestCase("token_uri", null, "token_uri")]
    [Description("Hostile credential files: the member is named, the value is not repeated, nobody is called")]
    public async Task A_credential_file_that_is_not_acceptable_is_refused(string member, string? json, string named)
    {
        var name = await CreateConnection();
        var file = JsonNode.Parse(KeyFile)!.AsObject();
        file.Remove(member);
        if (json is not null)
        {
            file[member] = JsonNode.Parse(json);
        }

        var calls = Google.Targets.Count;
        var reply = await Gateway.Operator.Put(
            $"/api/connections/{name}/federation", PolicyWith(new() { ["admin_credentials_json"] = file.ToJsonString() }));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(reply.Message, Does.Contain(named).And.Not.Contain("canary"));
        Assert.That(Google.Targets, Has.Count.EqualTo(calls));
    }

    [Test]
    public async Task A_short_rsa_key_is_refused()
    {
        using var rsa = System.Security.Cryptography.RSA.Create(1024);
        var file = JsonNode.Parse(KeyFile)!.AsObject();
        file["private_key"] = rsa.ExportPkcs8PrivateKeyPem();

        var reply = await Gateway.Operator.Put(
            $"/api/connections/{await CreateConnection()}/federation",
            PolicyWith(new() { ["admin_credentials_json"] = file.ToJsonString() }));

        Assert.That(reply.Message, Is.EqualTo("invalid admin service-account JSON: private_key has 1024 bits; at least 2048 are needed"));
    }

    [Test]
    public async Task The_404_messages_tell_the_connection_from_the_policy()
    {
        var name = await CreateConnection();

        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Delete })
        {
            Assert.That(
                (await Gateway.Operator.Send(method, "/api/connections/absent/federation")).Message, Is.EqualTo("connection not found"));
            Assert.That(
                (await Gateway.Operator.Send(method, $"/api/connections/{name}/federation")).Message,
                Is.EqualTo("federation not configured for this connection"));
        }

        var put = await Gateway.Operator.Put("/api/connections/absent/federation", new { hook_source = "wrong" });
        Assert.That(
            (put.Status, put.Message),
            Is.EqualTo((HttpStatusCode.NotFound, "connection not found")),
            "the connection is looked up before the rules");
    }

    [Test]
    public async Task Delete_answers_204_and_only_then_the_static_secrets_come_back()
    {
        var name = await CreateFederated(secret: new Dictionary<string, string> { ["envvar:A"] = "eA==" });
        await Resolve(name);

        var gone = await Gateway.Operator.Delete($"/api/connections/{name}/federation");
        var again = await Gateway.Operator.Delete($"/api/connections/{name}/federation");
        var session = await Resolve(name);

        Assert.That(gone.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(session.Environment!.Federated, Is.Null);
        Assert.That(session.Environment.Variables["A"], Is.EqualTo("x"));
    }

    [Test]
    [Description("IDOR across organizations: CVE-2025-64431, CVE-2025-27507")]
    public async Task Another_organization_does_not_see_it()
    {
        var name = await CreateFederated();
        var (id, stranger) = await Gateway.CreateOrganization("stranger-policies");
        await SetFlag(Gateway, on: true, id);

        Assert.That((await stranger.Get($"/api/connections/{name}/federation")).Message, Is.EqualTo("connection not found"));
        Assert.That((await stranger.Put($"/api/connections/{name}/federation", PolicyWith())).Message, Is.EqualTo("connection not found"));
        Assert.That((await stranger.Delete($"/api/connections/{name}/federation")).Message, Is.EqualTo("connection not found"));
        Assert.That((await Gateway.Operator.Get($"/api/connections/{name}/federation")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task While_the_flag_is_off_all_four_calls_name_it_and_sessions_are_refused()
    {
        var name = await CreateFederated(secret: new Dictionary<string, string> { ["envvar:GOOGLE_APPLICATION_CREDENTIALS"] = "eA==" });
        await SetFlag(Gateway, on: false);
        try
        {
            foreach (var reply in new[]
            {
                await Gateway.Operator.Get($"/api/connections/{name}/federation"),
                await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith()),
                await Gateway.Operator.Delete($"/api/connections/{name}/federation"),
                await Gateway.Operator.Post("/api/federation/test", new
                {
                    user_email = "alice@example.com",
                    config = PolicyWith(),
                    connection = new { agent_id = PlayedAgents.Known, command = new[] { "bq" }, test_script = "SELECT 1" },
                }),
            })
            {
                Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.Forbidden));
                Assert.That(reply.Message, Does.Contain("experimental.iam_federation"));
                Assert.That(reply.Code, Is.EqualTo("feature_disabled"));
            }

            Assert.That((await Resolve(name)).Refusal?.Code, Is.EqualTo("feature_disabled"));
        }
        finally
        {
            await SetFlag(Gateway, on: true);
        }
    }

    [Test]
    [Description("CVE-2025-55190, CVE-2025-62513: the admin key appears nowhere")]
    public async Task The_admin_key_leaves_no_trace()
    {
        var canary = JsonNode.Parse(KeyFile)!["private_key"]!.GetValue<string>().Split('\n')[5];
        var name = await CreateFederated(new() { ["fallback_policy"] = "readonly", ["readonly_principal"] = Readonly });
        var answers = new List<Reply>
        {
            await Gateway.Operator.Get($"/api/connections/{name}/federation"),
            await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith(new() { ["token_ttl_seconds"] = "wrong type" })),
            await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith(new() { ["hook_source"] = "wrong" })),
            await Gateway.Operator.Put(
                $"/api/connections/{name}/federation", PolicyWith(new() { ["admin_credentials_json"] = KeyFile[..^5] })),
            await Gateway.Operator.Get($"/api/connections/{name}"),
        };
        Google.FailEveryone(GoogleFault.BadGatewayHtml, times: 1);
        var token = (await Resolve(name)).Environment!.Variables["HOOP_GCP_ACCESS_TOKEN"];
        Google.FailEveryone(GoogleFault.CredentialsRejected);
        await Resolve(name, "mallory@example.com");

        var dump = string.Join('\n', await Gateway.Query<string>(
            """
            SELECT row_to_json(t)::text FROM identity.audit_events t
            UNION ALL SELECT row_to_json(t)::text || encode(t.credentials_sealed, 'escape') FROM federation.policies t
              WHERE t.credentials_sealed IS NOT NULL
            UNION ALL SELECT row_to_json(t)::text FROM federation.connections t
            """));
        var logs = string.Join('\n', Gateway.Logs.Lines);

        Assert.Multiple(() =>
        {
            Assert.That(canary, Has.Length.EqualTo(64));
            Assert.That(
                answers.Where(
                    answer => answer.Body.ValueKind != JsonValueKind.Undefined
                        && answer.Body.GetRawText().Contains(canary, StringComparison.Ordinal)),
                Is.Empty);
            Assert.That(dump, Does.Not.Contain(canary).And.Not.Contain(token));
            Assert.That(logs, Does.Contain("/federation"));
            Assert.That(logs.Contains(canary, StringComparison.Ordinal), Is.False, "a log line holds the admin key");
            Assert.That(logs.Contains(token, StringComparison.Ordinal), Is.False, "a log line holds a minted token");
        });
    }

    [Test]
    public async Task Every_change_is_audited()
    {
        var name = await CreateFederated();
        await Gateway.Operator.Put($"/api/connections/{name}/federation", PolicyWith(credentials: false));
        var id = (await Gateway.Operator.Get($"/api/connections/{name}")).Text("id");
        await Gateway.Operator.Delete($"/api/connections/{name}/federation");

        var rows = (await Gateway.AuditOf("federation_policy")).Where(row => row.ResourceId == id).ToList();
        Assert.That(rows.Select(row => row.Action), Is.EqualTo(new[] { "update", "update", "delete" }));
        Assert.That(
            rows.Select(row => row.Fields.Contains("\"credentials_replaced\": true", StringComparison.Ordinal)),
            Is.EqualTo(new[] { true, false, false }));
    }
}
