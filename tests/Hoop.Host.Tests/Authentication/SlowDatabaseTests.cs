using System.Diagnostics;
using System.Net;
using Dapper;
using Hoop.Shared.Callers;
using Hoop.StandIns;
using Hoop.Testing;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Host.Tests.Authentication;

/// <summary>
/// Whoever is not known yet does not wait long for a database that does not answer, and is not told that the credential is bad.
/// </summary>
public sealed class SlowDatabaseTests
{
    private const string Audience = "https://hoop.test";

    // Getting a connection, the statement, and asking the server to end it. On a busy machine; without the limit it is minutes.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10 * ISignIn.StatementSeconds);

    private TestDatabase _database = null!;
    private SpiffeIssuerStandIn _issuer = null!;
    private IdentityProviderStandIn _provider = null!;
    private TestGateway _gateway = null!;
    private int _names;

    [OneTimeSetUp]
    public async Task Start()
    {
        _database = await TestPostgres.CreateDatabase();
        _issuer = await SpiffeIssuerStandIn.Start("trust.test");
        _provider = await IdentityProviderStandIn.Start(Audience);

        // Nothing else ends a statement here.
        var connection = _database.Connection;
        connection.Options = "-c statement_timeout=0 -c lock_timeout=0";
        connection.CommandTimeout = 300;
        _gateway = await TestGateway.Start(
            new()
            {
                ["HOOP_SPIFFE_MODE"] = "enforce",
                ["HOOP_SPIFFE_TRUST_DOMAIN"] = "trust.test",
                ["HOOP_SPIFFE_BUNDLE_URL"] = _issuer.BundleUrl,
                ["HOOP_SPIFFE_ALLOW_LOOPBACK_HTTP"] = "true",
                ["HOOP_OIDC_ISSUER"] = _provider.Issuer,
                ["HOOP_OIDC_AUDIENCE"] = Audience,
                ["HOOP_OIDC_JWKS_URL"] = _provider.JwksUrl,
            },
            connection: connection);
        await _gateway.Operator.Post("/api/agents", new { name = "web" });
        await _gateway.Operator.Post(
            "/api/spiffe-mappings", new { trust_domain = "trust.test", spiffe_prefix = "spiffe://trust.test/", agent_template = "web" });
        await _gateway.Operator.Post("/api/serviceaccounts", new { subject = "robot", name = "robot", status = "active" });
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _gateway.DisposeAsync();
        await _provider.DisposeAsync();
        await _issuer.DisposeAsync();
        await _database.DisposeAsync();
    }

    [TestCase("api token", "identity.api_tokens")]
    [TestCase("agent key", "spiffe.agents")]
    [TestCase("SVID", "spiffe.mappings")]
    [TestCase("access token", "service_accounts.accounts")]
    [TestCase("api token", "identity.entity_aliases")]
    [TestCase("access token", "identity.entity_aliases")]
    public async Task A_credential_that_cannot_be_looked_up_is_503_soon(string kind, string table)
    {
        using var caller = await Fresh(kind);
        await using var locked = await Lock.Of(table, _database);

        await Unavailable(caller, "/api/userinfo");

        await locked.Release();
        Assert.That((await caller.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK), "and in again as soon as it answers");
    }

    [Test]
    public async Task More_than_the_pool_holds_are_all_answered()
    {
        using var stranger = _gateway.As("hpk_no-such-token-0123456789");
        await using var locked = await Lock.Of("identity.api_tokens", _database);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Unavailable(stranger, "/v1/identity/entity/id?list=true")));

        await locked.Release();
        Assert.That((await stranger.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        using var caller = await Fresh("api token");
        Assert.That((await caller.Get("/api/userinfo")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Who_is_signed_in_keeps_the_time_of_the_address()
    {
        using var stranger = await Fresh("api token");
        await using var locked = await Lock.Of("spiffe.trust_domains", _database);
        var slow = _gateway.Operator.Get("/api/trust-domains");

        await Unavailable(stranger, "/api/userinfo", "identity.api_tokens");
        Assert.That(slow.IsCompleted, Is.False);
        await locked.Release();

        Assert.That((await slow).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>A good credential that was never presented, so that nobody remembers it.</summary>
    private async Task<HttpClient> Fresh(string kind)
    {
        var name = $"fresh-{Interlocked.Increment(ref _names)}";
        return _gateway.As(kind switch
        {
            "api token" => (await _gateway.Operator.Post("/api/api-tokens", new { name, groups = new[] { "admin" } })).Text("token")!,
            "agent key" => (await _gateway.Operator.Post("/api/agents", new { name })).Text("token")!,
            "SVID" => _issuer.MintSvid($"spiffe://trust.test/{name}", "hoop-gateway"),
            _ => _provider.MintAccessToken("robot"),
        });
    }

    private async Task Unavailable(HttpClient caller, string path, string table)
    {
        await using var locked = await Lock.Of(table, _database);
        await Unavailable(caller, path);
    }

    private static async Task Unavailable(HttpClient caller, string path)
    {
        var started = Stopwatch.GetTimestamp();
        using var response = await caller.GetAsync(path);

        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(Soon));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.ServiceUnavailable), await response.Content.ReadAsStringAsync());
        Assert.That(response.Headers.RetryAfter?.Delta, Is.GreaterThan(TimeSpan.Zero));
    }

    private sealed class Lock(NpgsqlConnection connection, NpgsqlTransaction transaction) : IAsyncDisposable
    {
        public static async Task<Lock> Of(string table, TestDatabase database)
        {
            var address = database.Connection;
            address.Pooling = false;
            var connection = new NpgsqlConnection(address.ConnectionString);
            await connection.OpenAsync();
            var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync($"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE", transaction: transaction);
            return new Lock(connection, transaction);
        }

        public Task Release() => transaction.RollbackAsync();

        public async ValueTask DisposeAsync()
        {
            await transaction.DisposeAsync();
            await connection.DisposeAsync();
        }
    }
}
