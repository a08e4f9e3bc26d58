using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Hoop.EndToEnd.Tests.Cli;
using Hoop.StandIns;
using Hoop.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>
/// The admin account's key, every token that Google gave, the gateway's own identity tokens and the connection's secret are looked for in
/// everything that leaves real processes: answers, logs at every level, metrics, traces, arguments of processes, a plain dump.
/// </summary>
[Description("CVE-2025-55190, CVE-2025-62513, CVE-2024-39315: credentials in answers, logs and dumps")]
internal sealed class CanaryTests
{
    private const string Operator = "an-operator-of-canaries-01";
    private const string Account = "canary-bot@my-proj.iam.gserviceaccount.com";
    private const string Shared = "canary-of-the-connection";

    private readonly string _folder = Directory.CreateTempSubdirectory("hoop-canary-").FullName;
    private readonly ConcurrentQueue<byte[]> _exported = new();
    private readonly List<string> _answers = [];
    private readonly Dictionary<string, string> _secrets = new(StringComparer.Ordinal) { ["the connection's secret"] = Shared };
    private readonly Dictionary<string, string> _places = new(StringComparer.Ordinal);

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_folder, recursive: true);

    [Test]
    [CancelAfter(240_000)]
    public async Task No_credential_is_in_anything_that_leaves_the_gateway(CancellationToken limit)
    {
        await using var google = await GoogleStandIn.Start();
        google.Grant(Account);
        var keyFile = google.CreateAdminCredentials("my-proj", "hoop-admin");
        var lines = JsonNode.Parse(keyFile)!["private_key"]!.GetValue<string>().Split('\n').Where(line => line.Length == 64).ToArray();
        _secrets["the admin account's key"] = lines[3];
        _secrets["the end of that key"] = lines[^1];
        await using var collector = await StartCollector();
        var metrics = $"http://127.0.0.1:{FreePort()}";
        await using var database = await TestPostgres.CreateDatabase();
        await using (var gateway = await RunningGateway.Start(
            _folder, database.Connection,
            ("HOOP_ADMIN_TOKEN", Operator), ("HOOP_ENCRYPTION_KEY", TestGateway.EncryptionKey), ("HOOP_LOG_LEVEL", "trace"),
            ("HOOP_METRICS_LISTEN", metrics), ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Urls.First()),
            ("OTEL_METRIC_EXPORT_INTERVAL", "500"), ("HOOP_GCP_IAM_ENDPOINT", google.Address),
            ("HOOP_GCP_TOKEN_URI_ALLOWLIST", $"{google.TokenUri},{google.StsUri}")))
        {
            await Use(gateway, google, keyFile, limit);
            await Break(gateway, google, database.Connection);
            using var scraper = new HttpClient { BaseAddress = new Uri(metrics) };
            _places["metrics"] = await scraper.GetStringAsync("/metrics", limit);
            await gateway.Process.End(ChildProcess.SigTerm);
            _places["log"] = string.Join('\n', gateway.Process.Output);
            _places["standard error"] = string.Join('\n', gateway.Process.Errors);
        }

        _places["traces and metrics at the collector"] = Encoding.Latin1.GetString([.. _exported.SelectMany(body => body)]);
        _places["dump"] = await CanarySearch.Dump(database.Connection);
        _places["answers"] = string.Join('\n', _answers);
        foreach (var token in google.Tokens)
        {
            _secrets[$"Google's token {_secrets.Count}"] = token;
        }

        Assert.That(google.Tokens, Has.Count.GreaterThan(3), "tokens were made, of the admin account and of the user's");
        Assert.That(_places["log"], Does.Contain("/federation/token").And.Contain("xception"));
        Assert.That(_places["traces and metrics at the collector"], Does.Contain("/federation/token"));
        Assert.That(_places["dump"], Does.Contain(Account).And.Contain("federation_token").And.Contain("credentials_sealed"));
        Assert.That(_places["metrics"], Does.Contain("/federation/token"));
        Assert.That(CanarySearch.Finds(_places, _secrets), Is.Empty);
    }

    [Test]
    public void The_search_would_find_each_of_them()
    {
        _places.Clear();
        foreach (var (form, text) in CanarySearch.FormsOf(Shared))
        {
            _places[form] = $"before {text} after";
        }

        Assert.That(CanarySearch.Finds(_places, _secrets), Has.Length.EqualTo(CanarySearch.FormsOf(Shared).Count()));
        _places.Clear();
    }

    private async Task Use(RunningGateway gateway, GoogleStandIn google, string keyFile, CancellationToken limit)
    {
        var http = gateway.Operator;
        await using var agent = await ConnectedAgent.Start(
            http, _folder, "web", "--allow-command", "sh", "--allow-env", "SHARED", "--allow-env", "CLOUDSDK_CORE_PROJECT",
            "--allow-env", "HOOP_FEDERATED_PRINCIPAL", "--allow-env", "HOOP_GCP_ACCESS_TOKEN", "--allow-env", "HOOP_GCP_TOKEN_EXPIRES_AT");
        await http.Put("/api/feature-flags/experimental.iam_federation", new { enabled = true });
        foreach (var name in new[] { "my-bq", "my-oidc" })
        {
            var made = await http.Post("/api/connections", new
            {
                name,
                type = "custom",
                command = new[] { "sh", "-c", "cat >/dev/null; cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n'" },
                agent_id = agent.Id,
                secret = new Dictionary<string, string> { ["envvar:SHARED"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Shared)) },
            });
            Assert.That((int)made.Status, Is.EqualTo(201), made.Message);
        }

        // By the command line, whose arguments are looked at while it runs.
        using var hoop = new HoopProcess(gateway.Address, Operator);
        var policy = hoop.File("federation.yaml", $$"""
            builtin_provider: gcp_iam
            identity_source_attribute: id
            identity_target_template: "{{Account}}"
            extra_config:
              project_id: my-proj
            """);
        var key = hoop.File("hoop-admin-sa.json", keyFile);
        await Run(hoop, "admin", "federation", "set", "my-bq", "--file", policy, "--credentials-file", key);
        await Run(hoop, "admin", "federation", "get", "my-bq", "-o", "json");
        await Run(
            hoop, "admin", "federation", "test", "--connection", "my-bq", "--user-email", "alice@example.com", "--credentials-file", key,
            "-o", "json");
        await Expect(http.Put("/api/connections/my-oidc/federation", new
        {
            hook_source = "builtin",
            builtin_provider = "oidc_token",
            identity_source_attribute = "id",
            identity_target_template = "{user.id}",
            extra_config = new { audience = "https://cloud.example.com" },
        }));

        // What a user gets is the one answer that may hold a credential.
        var given = await http.Post("/api/connections/my-bq/federation/token");
        Assert.That(google.Owner(given["variables"].GetProperty("HOOP_GCP_ACCESS_TOKEN").GetString()!), Is.EqualTo(Account));
        var signed = await http.Post("/api/connections/my-oidc/federation/token");
        _secrets["the gateway's identity token"] = signed["files"].GetProperty("HOOP_IDENTITY_TOKEN_FILE").GetString()!.Split('.')[2];

        // A session's output is what all processes of the machine were called with, the agent and the command among them.
        var session = await http.Post("/api/sessions", new { connection = "my-bq", script = "x" });
        Assert.That(session.Body.ToString(), Does.Contain("hoop-gateway").And.Contain("--allow-command"), session.Message);
        _answers.Add(session.Body.ToString());
        foreach (var path in new[]
        {
            "/api/connections/my-bq/federation", "/api/connections/my-bq?secrets=names", "/api/connections", "/api/sessions",
            "/api/federation/principals", "/api/agents", "/openapi/v1.json",
        })
        {
            await Expect(http.Get(path));
        }

        await agent.Process.End(ChildProcess.SigTerm);
        _places["the agent"] = string.Join('\n', agent.Process.Output.Concat(agent.Process.Errors));
        limit.ThrowIfCancellationRequested();
    }

    /// <summary>What goes wrong is told, with exceptions in the log, and tells nothing that is secret.</summary>
    private async Task Break(RunningGateway gateway, GoogleStandIn google, NpgsqlConnectionStringBuilder database)
    {
        var (http, good) = (gateway.Operator, JsonNode.Parse(google.CreateAdminCredentials("my-proj", "hoop-admin"))!);
        _secrets["a second key"] = good["private_key"]!.GetValue<string>().Split('\n')[7];
        foreach (var (member, value) in new[] { ("type", "wrong"), ("token_uri", "https://evil.example/"), ("client_email", "x") })
        {
            var file = good.DeepClone();
            file[member] = value;
            await Expect(http.Put("/api/connections/my-bq/federation", new
            {
                hook_source = "builtin",
                builtin_provider = "gcp_iam",
                identity_target_template = Account,
                admin_credentials_json = file.ToJsonString(),
                extra_config = new { project_id = "my-proj" },
            }));
        }

        await Expect(http.Put("/api/connections/my-bq/federation", $$"""{"admin_credentials_json": {{good.ToJsonString()}}, "cut"""));
        foreach (var fault in new[]
        {
            GoogleFault.HtmlPage, GoogleFault.CutBody, GoogleFault.GarbageToken, GoogleFault.Down, GoogleFault.CredentialsRejected,
            GoogleFault.PermissionDenied, GoogleFault.RepeatedMember,
        })
        {
            await Fresh(http);
            google.FailEveryone(fault, times: 4);
            await Expect(http.Post("/api/connections/my-bq/federation/token"), good: false);
            google.FailEveryone(GoogleFault.None);
            if (fault is not (GoogleFault.PermissionDenied or GoogleFault.RepeatedMember))
            {
                await Fresh(http);
                google.FailTokenEndpoint(fault, times: 4);
                await Expect(http.Post("/api/connections/my-bq/federation/token"), good: false);
                google.FailTokenEndpoint(GoogleFault.None);
            }
        }

        // The database goes while a token is on its way: the statements that failed stand in the log, as exceptions.
        google.Delay = TimeSpan.FromSeconds(1);
        await Fresh(http);
        var calls = google.Targets.Count;
        var asked = http.Post("/api/connections/my-bq/federation/token");
        await Eventually.True(() => Task.FromResult(google.Targets.Count > calls), "Google was not asked");
        await using (var source = NpgsqlDataSource.Create(database.ConnectionString))
        {
            await using var cut = source.CreateCommand(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
            await cut.ExecuteNonQueryAsync();
        }

        if ((await asked) is { } cutOff && (int)cutOff.Status != 200)
        {
            _answers.Add(cutOff.Body.ToString());
        }
    }

    /// <summary>Another policy version: nothing that is warm counts.</summary>
    private async Task Fresh(HttpClient http) => await Expect(http.Put("/api/connections/my-bq/federation", new
    {
        hook_source = "builtin",
        builtin_provider = "gcp_iam",
        identity_source_attribute = "id",
        identity_target_template = Account,
        extra_config = new { project_id = "my-proj" },
    }));

    private async Task Expect(Task<Reply> asked, bool good = true)
    {
        var reply = await asked;
        _answers.Add(await reply.Response.Content.ReadAsStringAsync());
        Assert.That(good ? (int)reply.Status < 500 : (int)reply.Status > 299, Is.True, $"{reply.Status} {reply.Message}");
    }

    private async Task Run(HoopProcess hoop, params string[] arguments)
    {
        using var enough = new CancellationTokenSource();
        var looking = Task.Run(async () =>
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (!enough.IsCancellationRequested)
            {
                seen.UnionWith(CanarySearch.CommandLines());
                await Task.Delay(5, CancellationToken.None);
            }

            return string.Join('\n', seen);
        });
        var ran = await hoop.Run(arguments);
        await enough.CancelAsync();
        _answers.Add(await looking + ran.Out + ran.Error);
        Assert.That(ran.Code, Is.Zero, ran.Out + ran.Error);
    }

    private async Task<WebApplication> StartCollector()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var collector = builder.Build();
        collector.MapPost("/v1/{signal}", async (HttpRequest request) =>
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            _exported.Enqueue(body.ToArray());
        });
        await collector.StartAsync();
        return collector;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
