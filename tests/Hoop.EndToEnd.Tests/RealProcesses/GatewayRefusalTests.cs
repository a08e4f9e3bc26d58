using System.Net;
using System.Net.Sockets;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.EndToEnd.Tests.RealProcesses;

/// <summary>An operator's mistake is one line on standard error that names the variable, and exit code 1.</summary>
internal sealed class GatewayRefusalTests
{
    private static readonly (string, string) Enforce = ("HOOP_SPIFFE_MODE", "enforce");
    private static readonly (string, string) TrustDomain = ("HOOP_SPIFFE_TRUST_DOMAIN", "example.test");
    private static readonly (string, string) Bundle = ("HOOP_SPIFFE_BUNDLE_URL", "http://127.0.0.1:9/bundle");

    private string _folder = null!;
    private TestDatabase _own = null!;
    private NpgsqlConnectionStringBuilder _database = null!;

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Of("HOOP_LISTEN", ("HOOP_LISTEN", "https://127.0.0.1:8009"));
        yield return Of("HOOP_LISTEN", ("HOOP_LISTEN", "8009"));
        yield return Of("HOOP_LISTEN", ("HOOP_LISTEN", "http://192.0.2.1:8009"));
        yield return Of("HOOP_LOG_FORMAT", ("HOOP_LOG_FORMAT", "xml"));
        yield return Of("HOOP_LOG_LEVEL", ("HOOP_LOG_LEVEL", "loud"));
        yield return Of("HOOP_ADMIN_TOKEN", ("HOOP_ADMIN_TOKEN", "short"));
        yield return Of("HOOP_ADMIN_TOKEN", ("HOOP_ADMIN_TOKEN", "looks.like-a-jwt.but-is-none"));
        yield return Of("HOOP_DATABASE_URL", ("HOOP_DATABASE_URL", "what is this"));
        yield return Of("HOOP_DATABASE_URL", ("HOOP_DATABASE_URL", "postgres:///nohost"));
        yield return Of("HOOP_DATABASE_URL", ("HOOP_DATABASE_URL", "mysql://hoop@localhost/hoop"));
        yield return Of("HOOP_DATABASE_URL", ("HOOP_DATABASE_URL", "postgres://hoop:canary-password@localhost:notaport/hoop"));
        yield return Of("HOOP_ENCRYPTION_KEY", ("HOOP_ENCRYPTION_KEY", "canary-password"));
        yield return Of("HOOP_SPIFFE_MODE", ("HOOP_SPIFFE_MODE", "observe"));
        yield return Of("HOOP_SPIFFE_PREFIX_BOUNDARY", ("HOOP_SPIFFE_PREFIX_BOUNDARY", "maybe"));
        yield return Of("HOOP_SPIFFE_TRUST_DOMAIN", Enforce);
        yield return Of("HOOP_SPIFFE_TRUST_DOMAIN", Enforce, ("HOOP_SPIFFE_TRUST_DOMAIN", "spiffe://Example.test"), Bundle);
        yield return Of("HOOP_SPIFFE_BUNDLE_URL", Enforce, TrustDomain);
        yield return Of("HOOP_SPIFFE_BUNDLE_URL", Enforce, TrustDomain, ("HOOP_SPIFFE_BUNDLE_URL", "http://spire.example.test/bundle"));
        yield return Of("HOOP_SPIFFE_BUNDLE_FILE", Enforce, TrustDomain, Bundle, ("HOOP_SPIFFE_BUNDLE_FILE", "bundle.json"));
        yield return Of("HOOP_SPIFFE_BUNDLE_FILE", Enforce, TrustDomain, ("HOOP_SPIFFE_BUNDLE_FILE", "/nowhere/bundle.json"));
        yield return Of("HOOP_SPIFFE_BUNDLE_FILE", Enforce, TrustDomain, ("HOOP_SPIFFE_BUNDLE_FILE", "/etc/passwd"));
        yield return Of("HOOP_SPIFFE_BUNDLE_FILE", Enforce, TrustDomain, ("HOOP_SPIFFE_BUNDLE_FILE", "/etc"));
        yield return Of("HOOP_SPIFFE_BUNDLE_JWKS", Enforce, TrustDomain, ("HOOP_SPIFFE_BUNDLE_JWKS", "!!"));
        yield return Of("HOOP_SPIFFE_LEEWAY", Enforce, TrustDomain, Bundle, ("HOOP_SPIFFE_LEEWAY", "5m"));
        yield return Of("HOOP_SPIFFE_REFRESH_PERIOD", Enforce, TrustDomain, Bundle, ("HOOP_SPIFFE_REFRESH_PERIOD", "soon"));
        yield return Of("HOOP_OIDC_ISSUER", ("HOOP_OIDC_AUDIENCE", "hoop-gateway"));
        yield return Of("HOOP_OIDC_ISSUER", ("HOOP_OIDC_ISSUER", "http://login.example.com"), ("HOOP_OIDC_AUDIENCE", "hoop-gateway"));
        yield return Of("HOOP_OIDC_AUDIENCE", ("HOOP_OIDC_ISSUER", "https://login.example.com"));
        yield return Of(
            "HOOP_OIDC_JWKS_URL",
            ("HOOP_OIDC_ISSUER", "https://login.example.com"),
            ("HOOP_OIDC_AUDIENCE", "hoop-gateway"),
            ("HOOP_OIDC_JWKS_URL", "keys"));
        yield return Of("HOOP_GCP_IAM_ENDPOINT", ("HOOP_GCP_IAM_ENDPOINT", "http://iam.example.com"));
        yield return Of(
            "HOOP_GCP_TOKEN_URI_ALLOWLIST", ("HOOP_GCP_TOKEN_URI_ALLOWLIST", "https://oauth2.googleapis.com/token,ftp://example.com"));

        static TestCaseData Of(string variable, params (string Name, string Value)[] settings) =>
            new TestCaseData(variable, settings).SetArgDisplayNames(
                string.Join(' ', settings.Select(setting => $"{setting.Name}={setting.Value}")));
    }

    [OneTimeSetUp]
    public async Task Prepare()
    {
        _folder = Directory.CreateTempSubdirectory("hoop-gateway-").FullName;
        _own = await TestPostgres.CreateDatabase();
        _database = _own.Connection;
    }

    [OneTimeTearDown]
    public async Task Clean()
    {
        Directory.Delete(_folder, recursive: true);
        await _own.DisposeAsync();
    }

    [TestCaseSource(nameof(Mistakes))]
    public async Task A_wrong_variable_stops_the_start(string variable, (string Name, string Value)[] settings)
    {
        var line = await Refusal(_database, settings);

        Assert.That(line, Does.StartWith($"hoop-gateway: {variable}: ").And.Not.Contain("canary"));
    }

    [Test]
    public async Task A_database_that_does_not_exist_stops_the_start()
    {
        var line = await Refusal(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Database = "nowhere" });

        Assert.That(line, Is.EqualTo("hoop-gateway: HOOP_DATABASE_URL: database \"nowhere\" does not exist"));
    }

    [Test]
    public async Task A_port_in_use_stops_the_start()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();

        var line = await Refusal(_database, ("HOOP_LISTEN", $"http://{taken.LocalEndpoint}"));

        Assert.That(
            line,
            Is.EqualTo(
                $"hoop-gateway: HOOP_LISTEN: the address {taken.LocalEndpoint} is already in use; stop what uses it or name another one"));
    }

    [Test]
    public async Task A_data_folder_that_cannot_be_written_stops_the_start()
    {
        // Not even root can make a folder below a file.
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "");

        var line = await Refusal(database: null, ("HOOP_DATA_DIR", Path.Combine(file, "data")));

        Assert.That(line, Does.StartWith("hoop-gateway: HOOP_DATA_DIR: ").And.Contain(file));
    }

    [Test]
    public async Task Missing_PostgreSQL_programs_stop_the_start()
    {
        var line = await Refusal(database: null, ("HOOP_POSTGRES_BIN", _folder));

        Assert.That(line, Does.StartWith("hoop-gateway: HOOP_POSTGRES_BIN: "));
    }

    [Test]
    public async Task A_data_folder_in_use_by_another_gateway_stops_the_start()
    {
        var folder = Directory.CreateTempSubdirectory("hoop-gateway-").FullName;
        await using (var first = await RunningGateway.Start(folder))
        {
            var line = await Refusal(database: null, ("HOOP_DATA_DIR", RunningGateway.DataOf(folder)));

            Assert.That(line, Does.StartWith("hoop-gateway: HOOP_DATA_DIR: ").And.Contain("in use by another gateway"));
            Assert.That((await first.Operator.Get("/healthz/ready")).Status, Is.EqualTo(HttpStatusCode.OK), "the first goes on");
        }

        Directory.Delete(folder, recursive: true);
    }

    [Test]
    public async Task An_unknown_argument_is_told()
    {
        await using var process = RunningGateway.Launch(_folder, _database, settings: null, "serve");

        Assert.That(await process.Ended(), Is.EqualTo(1));
        Assert.That(process.Errors, Is.EqualTo(new[] { "hoop-gateway: unknown argument serve; see hoop-gateway --help" }));
    }

    private async Task<string> Refusal(NpgsqlConnectionStringBuilder? database, params (string Name, string Value)[] settings)
    {
        await using var process = RunningGateway.Launch(_folder, database, settings);
        Assert.That(await process.Ended(), Is.EqualTo(1), () => string.Join('\n', process.Output));
        Assert.That(process.Errors, Has.Count.EqualTo(1), () => string.Join('\n', process.Errors));
        return process.Errors[0];
    }
}
