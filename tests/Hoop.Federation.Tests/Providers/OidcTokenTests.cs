using System.Net;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.Federation.Tests.Providers;

/// <summary><c>oidc_token</c>: the second provider, for whatever trusts OIDC.</summary>
public sealed class OidcTokenTests : ProviderFixture
{
    [Test]
    public async Task A_session_gets_a_token_about_its_user_for_the_stated_audience_as_file_and_variable()
    {
        var name = await Create(
            "oidc_token", "{user.email}",
            new { audience = "api://AzureADTokenExchange", token_file_variable = "AZURE_FEDERATED_TOKEN_FILE", token_variable = "ID_TOKEN" },
            secret: new Dictionary<string, string> { ["envvar:ID_TOKEN"] = "eA==", ["filesystem:AZURE_FEDERATED_TOKEN_FILE"] = "eA==" });

        var session = (await Resolve(name)).Environment!;
        using var cloud = new OidcRelyingParty();
        cloud.TrustedIssuers.Add(Issuer);
        var (claims, refusal) = await cloud.Check(
            session.Files["AZURE_FEDERATED_TOKEN_FILE"], "api://AzureADTokenExchange", DateTimeOffset.UtcNow);

        Assert.That(refusal, Is.Null);
        Assert.Multiple(() =>
        {
            Assert.That(claims!.Value.GetProperty("sub").GetString(), Is.EqualTo("user:alice@example.com"));
            Assert.That(session.Variables["ID_TOKEN"], Is.EqualTo(session.Files["AZURE_FEDERATED_TOKEN_FILE"]));
            Assert.That(session.Variables["HOOP_FEDERATED_PRINCIPAL"], Is.EqualTo("user:alice@example.com"));
            Assert.That(session.Variables["HOOP_IDENTITY_TOKEN_EXPIRES_AT"], Does.Match(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"));
            Assert.That(session.Federated!.Provider, Is.EqualTo("oidc_token"));
            Assert.That(session.Federated.AdminPrincipal, Is.EqualTo(Issuer));
        });
        var rows = (await Gateway.AuditOf("federation_session")).Where(row => row.Outcome == "success").ToList();
        Assert.That(rows[^1].Fields, Does.Contain($"\"identity_token_id\": \"{claims!.Value.GetProperty("jti").GetString()}\""));
    }

    [Test]
    [Description("F15: Entra compares issuer, subject and audience to the letter")]
    public async Task A_dry_run_shows_the_three_values_as_they_stand_in_the_token()
    {
        var name = await CreateConnection();
        var reply = await Gateway.Operator.Post("/api/federation/test", new
        {
            user_email = "alice@example.com",
            config = new
            {
                hook_source = "builtin",
                builtin_provider = "oidc_token",
                identity_target_template = "{user.id}",
                extra_config = new { audience = "api://AzureADTokenExchange" },
            },
            connection = new { name, agent_id = PlayedAgents.Known, command = new[] { "bq", "query" }, test_script = "x" },
            user_id = "00000000-1111",
        });

        Assert.That(reply["success"].GetBoolean(), Is.True, reply.Body.GetRawText());
        Assert.That(
            reply["identity_token"].GetRawText(),
            Is.EqualTo($$"""{"issuer":"{{Issuer}}","subject":"user:00000000-1111","audience":"api://AzureADTokenExchange"}"""));
        Assert.That(reply.Text("resolved_principal"), Is.EqualTo("user:00000000-1111"));
    }

    [TestCase("{user.email}", "{}", "extra_config.audience is required for oidc_token federation: who shall take the token")]
    [TestCase("{user.email} x", "{\"audience\":\"a\"}",
        "identity template validation failed: identity target template must be printable ASCII without blanks: it becomes the token's sub")]
    [TestCase("{user.email}", "{\"audience\":\"a\",\"token_variable\":\"PATH\"}",
        "extra_config.token_variable: must be the name of a variable: upper-case letters, digits and underscores, and none that steers the agent")]
    [TestCase("{user.email}", "{\"audience\":\"a\",\"token_file_variable\":\"LD_PRELOAD\"}",
        "extra_config.token_file_variable: must be the name of a variable: upper-case letters, digits and underscores, and none that steers the agent")]
    [TestCase("{user.email}", "{\"audience\":\"a\",\"project_id\":\"my-proj\"}", "extra_config.project_id: oidc_token knows no such key")]
    public async Task A_broken_rule_is_explained(string template, string extra, string message)
    {
        var reply = await SetPolicy(
            await CreateConnection(), "oidc_token", template, System.Text.Json.JsonElement.Parse(extra));

        Assert.That((reply.Status, reply.Message), Is.EqualTo((HttpStatusCode.BadRequest, message)));
    }

    [Test]
    public async Task It_takes_no_credentials()
    {
        var reply = await SetPolicy(
            await CreateConnection(), "oidc_token", "{user.email}", new { audience = "a" }, new { admin_credentials_json = KeyFile });

        Assert.That((reply.Status, reply.Code), Is.EqualTo((HttpStatusCode.BadRequest, "credentials_not_taken")));
    }

    [TestCase("m\u00fcller@example.com", "u")]
    [TestCase("", "u")]
    public async Task A_user_who_cannot_be_a_subject_gets_nothing(string email, string id)
    {
        var name = await Create("oidc_token", "{user.email}", new { audience = "a" });

        Assert.That((await Resolve(name, email, id)).Refusal?.Code, Is.EqualTo("identity_mapping_failed"));
    }

    [Test]
    public async Task Nobody_can_be_made_the_gateway_itself()
    {
        var name = await Create("oidc_token", "{user.id}", new { audience = "a" });
        var session = (await Resolve(name, id: "hoop:federation")).Environment!;

        Assert.That(session.Federated!.Principal, Is.EqualTo("user:hoop:federation"));
    }

    [Test]
    public async Task The_names_in_the_table_are_those_that_are_registered()
    {
        var check = (await Gateway.Query<string>(
            "SELECT pg_get_constraintdef(oid) FROM pg_catalog.pg_constraint WHERE conname = 'policies_provider'"))[0];
        var stored = check.Split('\'').Where((_, index) => index % 2 == 1);

        Assert.That(
            stored,
            Is.EquivalentTo(((Hoop.Federation.Providers.ProviderSet)Gateway.Services.GetService(
                typeof(Hoop.Federation.Providers.ProviderSet))!).Names));
    }
}
