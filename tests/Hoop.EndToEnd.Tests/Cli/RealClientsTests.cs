using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Hoop.Cli;
using Hoop.EndToEnd.Tests.RealProcesses;
using Hoop.StandIns;
using Hoop.Testing;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.Cli;

/// <summary>Programs and libraries of others take what <c>hoop federation</c> prints, against clouds at loopback that verify it.</summary>
public sealed class RealClientsTests
{
    private const string Role = "arn:aws:iam::123456789012:role/analysts";
    private const string Pool = "//iam.googleapis.com/projects/1234567890/locations/global/workloadIdentityPools/hoop-pool";

    /// <summary>How a script says that what it needs is not installed.</summary>
    private const int NotHere = 77;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string _home = Directory.CreateTempSubdirectory("hoop-clients-").FullName;
    private TestGateway _gateway = null!;
    private GoogleStandIn _google = null!;
    private AwsStandIn _aws = null!;
    private string _agent = "";
    private string _token = "";

    private string Hoop => Path.Combine(_home, "hoop");

    [OneTimeSetUp]
    public async Task Start()
    {
        (_google, _aws) = (await GoogleStandIn.Start(), await AwsStandIn.Start());
        _gateway = await TestGateway.Start(new(StringComparer.Ordinal)
        {
            ["HOOP_AWS_STS_ENDPOINT"] = _aws.Address,
            ["HOOP_GCP_IAM_ENDPOINT"] = _google.Address,
            ["HOOP_GCP_TOKEN_URI_ALLOWLIST"] = _google.TokenUri,
        });
        var issuer = (await _gateway.Anonymous.Get("/v1/identity/oidc/.well-known/openid-configuration")).Text("issuer")!;
        _google.Pool.TrustedIssuers.Add(issuer);
        _aws.Provider.TrustedIssuers.Add(issuer);
        _aws.Allow(Role);
        await _gateway.Operator.Put("/api/feature-flags/experimental.iam_federation", new { enabled = true });
        _agent = (await _gateway.Operator.Post("/api/agents", new { name = "web" })).Text("id")!;
        _token = (await _gateway.Operator.Post("/api/api-tokens", new { name = "laptop" })).Text("token")!;
        await File.WriteAllTextAsync(Hoop, $"#!/bin/sh\nexec dotnet '{typeof(HoopCommand).Assembly.Location}' \"$@\"\n");
        File.SetUnixFileMode(Hoop, UnixFileMode.UserRead | UnixFileMode.UserExecute);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _gateway.DisposeAsync();
        await _google.DisposeAsync();
        await _aws.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Test]
    [Description("F12")]
    public async Task The_aws_command_line_takes_the_profile_and_is_the_user_in_the_role()
    {
        await Federate("my-aws", "aws_sts", Role, new { region = "eu-central-1" });
        var profile = await Run(Hoop, "federation", "config", "my-aws", "--command", Hoop);
        await Write(".aws/config", profile);

        var answer = await Run(
            "aws", "--profile", "my-aws", "--endpoint-url", _aws.Address, "--output", "json", "sts", "get-caller-identity");

        Assert.That(
            JsonElement.Parse(answer).GetProperty("Arn").GetString(),
            Does.StartWith("arn:aws:sts::123456789012:assumed-role/analysts/"));
    }

    [Test]
    [Description("A session that outlives its credentials: what stands in its files is asked for again when it ends")]
    public async Task Awss_libraries_read_the_files_of_a_session_again_while_their_program_runs([Values("node", "python")] string language)
    {
        const string Second = Role + "-2";
        _aws.Allow(Second);
        await Federate($"aws-first-{language}", "aws_sts", Role, new { region = "eu-central-1" }, command: "sh");
        await Federate($"aws-second-{language}", "aws_sts", Second, new { region = "eu-central-1" });
        await Write(".aws/config", await ConfigOfSession($"aws-first-{language}"));
        await Write("now.json", await EndingSoon($"aws-first-{language}"));
        await Write("later.json", await EndingSoon($"aws-second-{language}"));

        var answer = await Twice(language);

        Assert.That(
            answer.Split('\n'),
            Is.EqualTo(new[] { ArnOf(Role, answer, 0), ArnOf(Second, answer, 1), "" }), "first the one role, then the other");
    }

    [Test]
    [Description("F13: the library exchanges the subject token of the file; Google's STS is the token_url")]
    public async Task Googles_libraries_exchange_the_identity_token_at_Googles_STS([Values("node", "python")] string language)
    {
        var name = $"my-pool-{language}";
        await Federate(name, "oidc_token", "{user.id}", new { audience = Pool + "/providers/hoop-gateway" });
        await Write("google.json", await Run(Hoop, "federation", "config", name, "--command", Hoop, "--token-url", _google.StsUri));

        var token = await TokenOf(language);

        Assert.That(_google.Owner(token), Does.StartWith($"principal:{Pool}/subject/user:"));
    }

    [Test]
    [Description("F13: the library exchanges the subject token of the file; the gateway is the token_url")]
    public async Task Googles_libraries_exchange_the_subject_token_at_the_gateway([Values("node", "python")] string language)
    {
        var (name, account) = ($"my-bq-{language}", $"laptop-{language}@my-proj.iam.gserviceaccount.com");
        _google.Grant(account);
        await Federate(name, "gcp_iam", account, new { project_id = "my-proj" }, _google.CreateAdminCredentials("my-proj", "hoop-admin"));
        await Write("google.json", await Run(Hoop, "federation", "config", name, "--command", Hoop));

        var token = await TokenOf(language);

        Assert.That(_google.Owner(token), Is.EqualTo(account));
    }

    [Test]
    [Description("F14")]
    public async Task Kubectl_takes_the_kubeconfig_and_sends_the_token()
    {
        // Without TLS kubectl sends no credentials at all.
        using var certificate = Certificate();
        await using var cluster = await StubGateway.Start(certificate);
        cluster.On("GET /version", 200, """{"major":"1","minor":"32","gitVersion":"v1.32.0"}""");
        await Write("ca.pem", certificate.ExportCertificatePem());
        await Federate("my-gke", "oidc_token", "{user.id}", new { audience = "https://gke.example.com" });
        var server = cluster.Address.AbsoluteUri.TrimEnd('/');
        var client = JsonElement.Parse(await Run("kubectl", "version", "--client", "-o", "json")).GetProperty("clientVersion");
        var minor = int.Parse(client.GetProperty("minor").GetString()!.TrimEnd('+'), CultureInfo.InvariantCulture);
        await Write("kubeconfig", await Run(
            Hoop, "federation", "config", "my-gke", "--format", "kubectl", "--command", Hoop, "--server", server,
            "--certificate-authority", Path.Combine(_home, "ca.pem"), "--exec-api", minor < 22 ? "v1beta1" : "v1"));

        var answer = await Run("kubectl", "--kubeconfig", "kubeconfig", "get", "--raw", "/version");

        Assert.That(answer, Does.Contain("v1.32.0"));
        var sent = cluster.Requests[^1].Authorization!;
        Assert.That(sent, Does.StartWith("Bearer "));
        var (claims, refusal) =
            await _google.Pool.Check(sent["Bearer ".Length..], "https://gke.example.com", TimeProvider.System.GetUtcNow());
        Assert.That(refusal, Is.Null);
        Assert.That(claims!.Value.GetProperty("sub").GetString(), Does.StartWith("user:"));
    }

    /// <summary>What a program gets that knows nothing but the file.</summary>
    private async Task<string> TokenOf(string language)
    {
        await Prepare(language);
        return (await (language == "node" ? Run("node", "token.js") : Run("python3", "token_of.py"))).Trim();
    }

    private async Task<string> Twice(string language)
    {
        await Prepare(language);
        return await (language == "node"
            ? Run("node", "aws_twice.js", _aws.Address, "later.json")
            : Run("python3", "aws_twice.py", _aws.Address, "later.json"));
    }

    private async Task Prepare(string language)
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "Cli", "clients")))
        {
            File.Copy(file, Path.Combine(_home, Path.GetFileName(file)), overwrite: true);
        }

        if (language == "node")
        {
            await Run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline");
        }
    }

    /// <summary>What a session finds in the file that AWS_CONFIG_FILE names, on a real agent.</summary>
    private async Task<string> ConfigOfSession(string connection)
    {
        var key = (await _gateway.Operator.Post($"/api/agents/{_agent}/rotate-key")).Text("token")!;
        await using var agent = await ConnectedAgent.Run(key, _home);
        using var caller = _gateway.As(_token);
        var ran = await caller.Post("/api/sessions", new
        {
            connection,
            script = "cat \"$AWS_CONFIG_FILE\"; test \"$(wc -c < \"$AWS_SHARED_CREDENTIALS_FILE\")\" = 0 || exit 3; "
                + "grep -q \"$AWS_ACCESS_KEY_ID\" \"$HOOP_AWS_CREDENTIALS_FILE\" || exit 4",
        });
        Assert.That(ran.Body.GetProperty("session").GetProperty("exit_code").GetInt32(), Is.Zero, ran.Text("output"));
        return ran.Text("output")!;
    }

    /// <summary>Credentials that a library is about to ask for anew.</summary>
    private async Task<string> EndingSoon(string connection)
    {
        var given = System.Text.Json.Nodes.JsonNode.Parse(await Run(Hoop, "federation", "token", connection, "--format", "aws"))!;
        given["Expiration"] = TimeProvider.System.GetUtcNow().AddMinutes(4).UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return given.ToJsonString();
    }

    /// <summary>The line of an answer, when it names a session of the role.</summary>
    private static string ArnOf(string role, string answer, int line) =>
        answer.Split('\n')[line] is var arn && arn.StartsWith(
            role.Replace(":iam:", ":sts:", StringComparison.Ordinal).Replace(":role/", ":assumed-role/", StringComparison.Ordinal) + "/",
            StringComparison.Ordinal) ? arn : role;

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=cluster", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddMinutes(-5), TimeProvider.System.GetUtcNow().AddHours(1));
    }

    private async Task Federate(
        string name, string provider, string template, object extra, string? credentials = null, string command = "true")
    {
        var made = await _gateway.Operator.Post(
            "/api/connections", new { name, type = "custom", command = new[] { command }, agent_id = _agent, secret = new { } });
        Assert.That((int)made.Status, Is.EqualTo(201), made.Message);
        var set = await _gateway.Operator.Put($"/api/connections/{name}/federation", new
        {
            hook_source = "builtin",
            builtin_provider = provider,
            identity_source_attribute = "id",
            identity_target_template = template,
            extra_config = extra,
            admin_credentials_json = credentials,
        });
        Assert.That((int)set.Status, Is.EqualTo(200), set.Message);
    }

    private async Task Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_home, name))!);
        await File.WriteAllTextAsync(Path.Combine(_home, name), text);
    }

    /// <summary>Standard output of a program that succeeds; a program that is not here skips the test.</summary>
    private async Task<string> Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = _home,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Isolate(new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["HOOP_APIURL"] = _gateway.Address.AbsoluteUri,
            ["HOOP_TOKEN"] = _token,
            ["AWS_CONFIG_FILE"] = Path.Combine(_home, ".aws", "config"),
            ["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(_home, ".aws", "none"),
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["HOOP_AWS_CREDENTIALS_FILE"] = Path.Combine(_home, "now.json"),
            ["GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES"] = "1",
        });
        try
        {
            using var process = Process.Start(start)!;
            using var limit = new CancellationTokenSource(Limit);
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            if ((program == "npm" && process.ExitCode != 0) || process.ExitCode == NotHere)
            {
                Assert.Ignore($"not tried: {program} has no library of Google's: {await output}{await errors}");
            }

            Assert.That(process.ExitCode, Is.Zero, $"{program}: {await output}{await errors}");
            return await output;
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            Assert.Ignore($"not tried: {program} is not here ({exception.Message})");
            throw;
        }
    }
}
