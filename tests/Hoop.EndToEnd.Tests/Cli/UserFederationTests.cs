using System.Diagnostics;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary><c>hoop federation token|config</c>: what tools on a person's machine read.</summary>
public sealed class UserFederationTests
{
    private const string Gcp = """
        {"connection":"my-bq","provider":"gcp_iam","principal":"alice@my-proj.iam.gserviceaccount.com","admin_principal":"hoop-admin@my-proj.iam.gserviceaccount.com","expires_at":"2036-05-25T18:00:00Z","fallback_applied":false,"variables":{"CLOUDSDK_CORE_PROJECT":"my-proj","HOOP_GCP_ACCESS_TOKEN":"ya29.it's"},"files":{}}
        """;

    private const string Aws = """
        {"connection":"my-aws","provider":"aws_sts","principal":"arn:aws:iam::123456789012:role/analysts","admin_principal":"https://hoop.example.com/v1/identity/oidc","expires_at":"2036-05-25T18:00:00Z","fallback_applied":false,"variables":{"AWS_ACCESS_KEY_ID":"ASIAEXAMPLE","AWS_REGION":"eu-central-1","AWS_SECRET_ACCESS_KEY":"secret","AWS_SESSION_TOKEN":"token"},"files":{}}
        """;

    private const string Oidc = """
        {"connection":"my-gcp","provider":"oidc_token","principal":"user:alice@example.com","admin_principal":"https://hoop.example.com/v1/identity/oidc","expires_at":"2036-05-25T18:00:00Z","fallback_applied":false,"variables":{"HOOP_FEDERATED_PRINCIPAL":"user:alice@example.com"},"files":{"HOOP_IDENTITY_TOKEN_FILE":"a.b.c"},"identity_token":{"issuer":"https://hoop.example.com/v1/identity/oidc","subject":"user:alice@example.com","audience":"//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/hoop"}}
        """;

    private const string Subject = """
        {"connection":"my-bq","subject_token":"s.u.b","subject_token_type":"urn:ietf:params:oauth:token-type:id_token","audience":"urn:hoop:connection:o:c","token_url":"https://hoop.example.com/api/federation/token","expires_at":"2036-05-25T18:00:00Z"}
        """;

    private StubGateway _gateway = null!;
    private HoopProcess _hoop = null!;

    [SetUp]
    public async Task Start()
    {
        _gateway = await StubGateway.Start();
        _gateway.On("POST /api/connections/my-bq/federation/token", 200, Gcp)
            .On("POST /api/connections/my-aws/federation/token", 200, Aws)
            .On("POST /api/connections/my-gcp/federation/token", 200, Oidc)
            .On("POST /api/connections/my-bq/federation/subject-token", 200, Subject);
        _hoop = new HoopProcess(_gateway.Address);
    }

    [TearDown]
    public async Task Stop()
    {
        _hoop.Dispose();
        await _gateway.DisposeAsync();
    }

    [Test]
    public async Task Token_prints_the_answer_as_json() =>
        Assert.That(await _hoop.Run("federation", "token", "my-bq"), Is.EqualTo(new Ran(0, Gcp + "\n", "")));

    [Test]
    public async Task As_shell_lines_they_survive_any_character_and_name_what_gcloud_and_terraform_read()
    {
        var ran = await _hoop.Run("federation", "token", "my-bq", "--env");

        Assert.That(ran, Is.EqualTo(new Ran(0, """
            export CLOUDSDK_CORE_PROJECT='my-proj'
            export HOOP_GCP_ACCESS_TOKEN='ya29.it'\''s'
            export CLOUDSDK_AUTH_ACCESS_TOKEN='ya29.it'\''s'
            export GOOGLE_OAUTH_ACCESS_TOKEN='ya29.it'\''s'

            """, "")));
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", $"{ran.Out}\nprintf %s \"$HOOP_GCP_ACCESS_TOKEN\""])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;
        Assert.That(await shell.StandardOutput.ReadToEndAsync(), Is.EqualTo("ya29.it's"));
    }

    [Test]
    [Description("F12: RFC 3339 with Z, Version 1")]
    public async Task For_aws_it_is_a_credential_process() =>
        Assert.That(await _hoop.Run("federation", "token", "my-aws", "--format", "aws"), Is.EqualTo(new Ran(0, """
            {"Version":1,"AccessKeyId":"ASIAEXAMPLE","SecretAccessKey":"secret","SessionToken":"token","Expiration":"2036-05-25T18:00:00Z"}

            """, "")));

    [Test]
    [Description("F12: old keys in a variable or a credentials file beat the fresh ones")]
    public async Task What_would_win_over_the_fresh_keys_is_told()
    {
        Directory.CreateDirectory(Path.Combine(_hoop.Home, ".aws"));
        _hoop.File(".aws/credentials", "[other]\naws_access_key_id = no\n[default]\nregion = x\naws_access_key_id = old\n");

        var ran = await _hoop.With("AWS_ACCESS_KEY_ID", "old").Run("federation", "token", "my-aws", "--format", "aws");

        Assert.That(ran.Code, Is.Zero);
        Assert.That(ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(new[]
        {
            "warning: AWS_ACCESS_KEY_ID is set, and aws reads it before any credential_process: unset it",
            $"warning: {_hoop.Home}/.aws/credentials has a key of the profile default, and aws reads it before any credential_process: remove it there",
        }));
    }

    [TestCase(null, "client.authentication.k8s.io/v1")]
    [TestCase("""{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false}}""", "client.authentication.k8s.io/v1")]
    [TestCase("""{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential","spec":{}}""", "client.authentication.k8s.io/v1beta1")]
    [Description("F14: kubectl wants the very version that it was configured with, and an end")]
    public async Task For_kubectl_it_is_an_exec_credential(string? execInfo, string version)
    {
        if (execInfo is not null)
        {
            _hoop.With("KUBERNETES_EXEC_INFO", execInfo);
        }

        var ran = await _hoop.Run("federation", "token", "my-gcp", "--format", "kubectl");

        Assert.That(ran, Is.EqualTo(new Ran(
            0,
            $$$"""{"apiVersion":"{{{version}}}","kind":"ExecCredential","status":{"expirationTimestamp":"2036-05-25T18:00:00Z","token":"a.b.c"}}""" + "\n",
            "")));
    }

    [Test]
    [Description("F14")]
    public async Task Another_version_of_kubectl_is_refused_before_anything_is_issued()
    {
        var ran = await _hoop.With("KUBERNETES_EXEC_INFO", """{"apiVersion":"client.authentication.k8s.io/v1alpha1"}""")
            .Run("federation", "token", "my-gcp", "--format", "kubectl");

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.Contain("write v1 into the kubeconfig"));
        Assert.That(_gateway.Requests, Is.Empty);
    }

    [Test]
    [Description("F13: the executable source carries a subject token, with its end")]
    public async Task For_Google_it_is_a_subject_token() =>
        Assert.That(
            await _hoop.With("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1").Run("federation", "token", "my-gcp", "--format", "google"),
            Is.EqualTo(new Ran(0, """
                {"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:id_token","id_token":"a.b.c","expiration_time":2095351200}

                """, "")));

    [TestCase("my-aws", "google", "--format google needs a connection whose provider is gcp_iam or oidc_token; this one's is aws_sts")]
    [TestCase("my-bq", "aws", "--format aws needs a connection whose provider is aws_sts; this one's is gcp_iam")]
    [TestCase("my-aws", "kubectl", "connection \"my-aws\" gives no bearer token: its provider is aws_sts")]
    public async Task A_format_that_the_provider_cannot_fill_is_an_error(string connection, string format, string message)
    {
        var ran = await _hoop.Run("federation", "token", connection, "--format", format);

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.Contain($"error: {message}"));
    }

    [Test]
    [Description("F13: an external_account file, whose token_url is Google's STS")]
    public async Task The_file_for_Googles_libraries_calls_this_program()
    {
        var ran = await _hoop.Run("federation", "config", "my-gcp", "--service-account", "a@b.iam.gserviceaccount.com");

        Assert.That(ran, Is.EqualTo(new Ran(0, """
            {
              "type": "external_account",
              "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/pool/providers/hoop",
              "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
              "token_url": "https://sts.googleapis.com/v1/token",
              "credential_source": {
                "executable": {
                  "command": "hoop federation token my-gcp --format google",
                  "timeout_millis": 30000
                }
              },
              "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/a%40b.iam.gserviceaccount.com:generateAccessToken"
            }

            """, "")));
    }

    [Test]
    [Description("F13: where the connection gives Google's tokens itself, the gateway's own token endpoint is the token_url")]
    public async Task For_gcp_iam_the_file_names_the_gateways_token_endpoint_and_the_subject_token_is_for_it()
    {
        var config = await _hoop.Run("federation", "config", "my-bq");
        var token = await _hoop.With("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1").Run(
            "federation", "token", "my-bq", "--format", "google");

        Assert.That(config.Out, Does.Contain("\"audience\": \"urn:hoop:connection:o:c\"")
            .And.Contain("\"token_url\": \"https://hoop.example.com/api/federation/token\"")
            .And.Contain("\"command\": \"hoop federation token my-bq --format google\""));
        Assert.That(token, Is.EqualTo(new Ran(0, """
            {"version":1,"success":true,"token_type":"urn:ietf:params:oauth:token-type:id_token","id_token":"s.u.b","expiration_time":2095351200}

            """, "")));
        Assert.That(
            (await _hoop.Run("federation", "config", "my-bq", "--service-account", "a@b.iam.gserviceaccount.com")).Error,
            Does.StartWith("error: --service-account is for oidc_token"));
    }

    [Test]
    public async Task The_profile_for_aws_calls_this_program() =>
        Assert.That(await _hoop.Run("federation", "config", "my-aws", "--command", "/usr/local/bin/hoop"), Is.EqualTo(new Ran(0, """
            [profile my-aws]
            region = eu-central-1
            credential_process = /usr/local/bin/hoop federation token my-aws --format aws

            """, "")));

    [Test]
    [Description("F14: the kubeconfig is complete, interactiveMode included")]
    public async Task The_kubeconfig_is_complete()
    {
        var ran = await _hoop.Run("federation", "config", "my-gcp", "--format", "kubectl", "--server", "https://203.0.113.7");

        Assert.That(ran.Code, Is.Zero, ran.Error);
        Assert.That(ran.Out, Does.Contain("\"interactiveMode\": \"Never\"").And.Contain("\"current-context\": \"my-gcp\"")
            .And.Contain("\"apiVersion\": \"client.authentication.k8s.io/v1\"").And.Contain("\"server\": \"https://203.0.113.7\""));
    }

    [Test]
    [Description("F14: kubectl before 1.22 knows v1beta1 alone")]
    public async Task The_kubeconfig_can_be_one_for_an_older_kubectl()
    {
        string[] arguments = ["federation", "config", "my-gcp", "--format", "kubectl", "--server", "https://203.0.113.7", "--exec-api"];

        Assert.That((await _hoop.Run([.. arguments, "v1beta1"])).Out, Does.Contain("\"apiVersion\": \"client.authentication.k8s.io/v1beta1\""));
        Assert.That(
            (await _hoop.Run([.. arguments, "v2"])).Error, Does.StartWith("error: --exec-api v2: the versions are v1 and v1beta1"));
    }

    [Test]
    [Description("A7: tools that call this in a loop must not open browsers")]
    public async Task Without_a_login_it_says_so_and_opens_no_browser()
    {
        using var stranger = new HoopProcess(_gateway.Address, token: null);
        var opened = Path.Combine(stranger.Home, "opened");
        foreach (var name in new[] { "xdg-open", "sensible-browser", "firefox" })
        {
            File.SetUnixFileMode(stranger.File(name, $"#!/bin/sh\ntouch {opened}\n"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        stranger.With("BROWSER", Path.Combine(stranger.Home, "xdg-open"))
            .With("PATH", $"{stranger.Home}:{Environment.GetEnvironmentVariable("PATH")}");
        foreach (var arguments in new[] { new[] { "token", "my-bq" }, ["token", "my-aws", "--format", "aws"], ["config", "my-gcp"] })
        {
            var ran = await stranger.Run(["federation", .. arguments]);

            Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
            Assert.That(ran.Error, Does.StartWith("error: not signed in"));
        }

        Assert.That(File.Exists(opened), Is.False);
    }

    [TestCase("error: --format yaml: the formats are aws, kubectl and google", "--format", "yaml")]
    [TestCase("error: --env and --format exclude each other", "--env", "--format", "aws")]
    public async Task Wrong_options_are_usage_errors(string message, params string[] options)
    {
        var ran = await _hoop.Run(["federation", "token", "my-bq", .. options]);

        Assert.That((ran.Code, ran.Out), Is.EqualTo((1, "")));
        Assert.That(ran.Error, Does.StartWith(message));
        Assert.That(_gateway.Requests, Is.Empty);
    }
}
