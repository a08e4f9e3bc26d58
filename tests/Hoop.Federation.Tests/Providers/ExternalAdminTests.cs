using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Providers;

/// <summary>An administrator without a key: Google verifies an identity token of the gateway.</summary>
public sealed class ExternalAdminTests : ProviderFixture
{
    private const string GatewayPrincipal =
        "principal://iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/hoop-pool/subject/hoop:federation";

    [SetUp]
    public void GoogleTrustsTheGateway()
    {
        Google.Pool.TrustedIssuers.Add(Issuer);
        Google.Grant(Admin, GatewayPrincipal);
        Google.Revoke(Alice);
        Google.Grant(Alice, Admin);
    }

    [Test]
    public async Task The_identity_token_is_exchanged_and_then_acts_as_the_admin_account()
    {
        var name = await CreateFederated(new() { ["admin_credentials_json"] = File() });

        var session = (await Resolve(name)).Environment!;

        Assert.That(Google.Owner(session.Variables["HOOP_GCP_ACCESS_TOKEN"]), Is.EqualTo(Alice));
        Assert.That(session.Federated!.AdminPrincipal, Is.EqualTo(Admin));
    }

    [Test]
    public async Task Without_an_account_to_impersonate_the_pools_principal_mints()
    {
        Google.Grant(Alice, GatewayPrincipal);
        var name = await CreateFederated(
            new() { ["admin_credentials_json"] = File(file => file.Remove("service_account_impersonation_url")) });

        var session = (await Resolve(name)).Environment!;

        Assert.That(Google.Owner(session.Variables["HOOP_GCP_ACCESS_TOKEN"]), Is.EqualTo(Alice));
        Assert.That(session.Federated!.AdminPrincipal, Is.EqualTo(GatewayPrincipal));
    }

    [Test]
    public async Task One_exchange_serves_many_users()
    {
        var name = await CreateFederated(new() { ["admin_credentials_json"] = File() });
        Google.Grant("robert@my-proj.iam.gserviceaccount.com", Admin);
        var before = Google.Exchanges;

        await Resolve(name);
        await Resolve(name, "robert@example.com", "user-2");

        Assert.That(Google.Exchanges - before, Is.EqualTo(1));
    }

    [Test]
    public async Task A_pool_that_does_not_trust_the_gateway_rejects_the_admin_and_no_fallback_follows()
    {
        Google.Pool.TrustedIssuers.Clear();
        var name = await CreateFederated(new()
        {
            ["admin_credentials_json"] = File(),
            ["fallback_policy"] = "readonly",
            ["readonly_principal"] = Readonly,
        });

        var refused = (await Resolve(name)).Refusal!;

        Assert.That(refused.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That(refused.Message, Does.Contain("issuer"), "Google's own words");
    }

    [Test]
    public async Task An_admin_account_that_the_gateway_may_not_impersonate_is_no_refused_principal()
    {
        Google.Revoke(Admin, GatewayPrincipal);
        var name = await CreateFederated(new()
        {
            ["admin_credentials_json"] = File(),
            ["fallback_policy"] = "readonly",
            ["readonly_principal"] = Readonly,
        });

        var refused = (await Resolve(name)).Refusal!;

        Assert.That(refused.Code, Is.EqualTo("admin_credentials_rejected"));
        Assert.That(refused.Message, Does.Contain("Workload Identity User"));
    }

    [Test]
    public async Task A_dry_run_takes_it_too()
    {
        var name = await CreateConnection();
        var reply = await Gateway.Operator.Post("/api/federation/test", new
        {
            user_email = "alice@example.com",
            config = PolicyWith(new() { ["admin_credentials_json"] = File() }),
            connection = new { name, agent_id = PlayedAgents.Known, command = new[] { "bq", "query" }, test_script = "SELECT 1" },
        });

        Assert.That(reply["success"].GetBoolean(), Is.True, reply.Body.GetRawText());
        Assert.That(reply.Text("admin_principal"), Is.EqualTo(Admin));
    }

    [TestCase("audience", "\"//iam.googleapis.com/projects/x\"", "audience must be //iam.googleapis.com/projects/")]
    [TestCase("token_url", "\"https://evil.example/canary\"", "token_url must be https://sts.googleapis.com/v1/token")]
    [TestCase("token_url", "\"http://169.254.169.254/canary\"", "token_url must be")]
    [TestCase("token_url", null, "token_url must be")]
    [TestCase("subject_token_type", "\"urn:ietf:params:oauth:token-type:saml2\"", "subject_token_type must be")]
    [TestCase("service_account_impersonation_url", "\"https://evil.example/canary\"", "service_account_impersonation_url must be")]
    [Description("Hostile files: the member is named, the value is not repeated, nobody is called")]
    public async Task A_file_that_is_not_acceptable_is_refused_when_it_is_stored(string member, string? json, string message)
    {
        var calls = Google.Targets.Count;
        var file = File(changed =>
        {
            changed.Remove(member);
            if (json is not null)
            {
                changed[member] = JsonNode.Parse(json);
            }
        });

        var reply = await Gateway.Operator.Put(
            $"/api/connections/{await CreateConnection()}/federation", PolicyWith(new() { ["admin_credentials_json"] = file }));

        Assert.That(reply.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(reply.Message, Does.Contain(message).And.Not.Contain("canary"));
        Assert.That(Google.Targets, Has.Count.EqualTo(calls));
    }

    [Test]
    public async Task What_the_file_says_about_commands_and_sources_is_not_even_looked_at()
    {
        var name = await CreateFederated(new()
        {
            ["admin_credentials_json"] = File(file => file["credential_source"] = JsonNode.Parse(
                """{"executable":{"command":"touch /tmp/canary"},"url":"http://169.254.169.254/"}""")),
        });

        Assert.That((await Resolve(name)).Environment, Is.Not.Null);
        Assert.That(System.IO.File.Exists("/tmp/canary"), Is.False);
    }

    private string File(Action<JsonObject>? change = null)
    {
        var file = new JsonObject
        {
            ["type"] = "external_account",
            ["audience"] = PoolProvider,
            ["subject_token_type"] = "urn:ietf:params:oauth:token-type:jwt",
            ["token_url"] = Google.StsUri,
            ["service_account_impersonation_url"] =
                $"https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/{Admin}:generateAccessToken",
        };
        change?.Invoke(file);
        return file.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }
}
