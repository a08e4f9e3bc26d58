using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Hoop.Host;
using Hoop.Shared.Callers;
using Hoop.Shared.Memory;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Testing;

/// <summary>
/// The whole gateway, as its process composes it, on a free loopback port with a database of its own.
/// <code>await using var gateway = await TestGateway.Start(new() { ["HOOP_SPIFFE_MODE"] = "enforce" });</code>
/// </summary>
public sealed class TestGateway : IAsyncDisposable
{
    public const string AdminToken = "test-admin-token-0123456789";

    /// <summary>Gateways of one database share their key; a test of the generated one sets the variable to null.</summary>
    public const string EncryptionKey = "dGVzdHMgb25seTogMzIgYnl0ZXMgdGhhdCBhcmUgcHU=";

    private readonly WebApplication _app;
    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly string _dataDirectory;
    private readonly TestDatabase? _own;

    private TestGateway(
        WebApplication app, NpgsqlConnectionStringBuilder connection, string dataDirectory, LogCapture logs, TestDatabase? own)
    {
        (_app, _connection, _dataDirectory, Logs, _own) = (app, connection, dataDirectory, logs, own);
        Address = new Uri(app.Urls.First());
        Operator = As(AdminToken);
        Anonymous = new HttpClient { BaseAddress = Address };
        Database = ConnectionTo(connection);
    }

    public Uri Address { get; }

    /// <summary>Signed in with the bootstrap admin token, in the organization "default".</summary>
    public HttpClient Operator { get; }

    /// <summary>Signed in as nobody.</summary>
    public HttpClient Anonymous { get; }

    /// <summary>The gateway's own services, for requests that another module or an embedding host would send.</summary>
    public IServiceProvider Services => _app.Services;

    /// <summary>The fixture's database, beside the gateway's pool, for looking at rows.</summary>
    public NpgsqlDataSource Database { get; }

    /// <summary>Everything that was logged, at every level.</summary>
    public LogCapture Logs { get; }

    public string DataDirectory => _dataDirectory;

    /// <summary>The connection of the fixture's database; a second gateway on it is a replica.</summary>
    public NpgsqlConnectionStringBuilder Connection => new(_connection.ConnectionString);

    /// <param name="settings"><c>HOOP_*</c> values; they win over the harness's own.</param>
    /// <param name="services">Replaces services at the edges: the clock, nothing of ours.</param>
    /// <param name="connection">A database to share with another gateway; without it a fresh one.</param>
    public static async Task<TestGateway> Start(
        Dictionary<string, string?>? settings = null,
        Action<IServiceCollection>? services = null,
        NpgsqlConnectionStringBuilder? connection = null)
    {
        var own = connection is null ? await TestPostgres.CreateDatabase() : null;
        connection = own?.Connection ?? new NpgsqlConnectionStringBuilder(connection!.ConnectionString);
        var dataDirectory = Directory.CreateTempSubdirectory("hoop-test-").FullName;
        WebApplication? app = null;
        try
        {
            var logs = new LogCapture();
            app = Gateway.Build([], Isolate(connection, dataDirectory, settings, builder =>
            {
                builder.Logging.SetMinimumLevel(LogLevel.Trace);
                services?.Invoke(builder.Services);
            }));

            // The host clears the providers that were there before its own, so this one comes after them.
            app.Services.GetRequiredService<ILoggerFactory>().AddProvider(logs);
            await Gateway.Prepare(app, CancellationToken.None);
            await Gateway.Listen(app, CancellationToken.None);
            await Joined(app.Services.GetRequiredService<CoherentMemory>());
            return new TestGateway(app, connection, dataDirectory, logs, own);
        }
        catch
        {
            await Clean(app, dataDirectory, own);
            throw;
        }
    }

    // Tests meet the gateway as it is after its first moments. Some keep it from its database, so nothing is demanded.
    private static async Task Joined(CoherentMemory memory)
    {
        for (var tries = 0; memory.Options.Enabled && !memory.MayAnswer && tries < 100; tries++)
        {
            await Task.Delay(10);
        }
    }

    /// <summary>A client that presents <paramref name="token"/> as bearer token.</summary>
    public HttpClient As(string token)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A new organization, and a client that is its admin.</summary>
    public async Task<(Guid Id, HttpClient Admin)> CreateOrganization(string name)
    {
        using var response = await Operator.PostAsJsonAsync("/api/orgs", new { name });
        response.EnsureSuccessStatusCode();
        var created = await response.Content.ReadFromJsonAsync<JsonElement>();
        return (created.GetProperty("id").GetGuid(), As(created.GetProperty("admin_token").GetString()!));
    }

    /// <summary>A scope in which requests are sent as <paramref name="caller"/>, as an embedding host would send them.</summary>
    public AsyncServiceScope ScopeOf(Caller caller)
    {
        var scope = Services.CreateAsyncScope();
        scope.ServiceProvider.GetRequiredService<CurrentCaller>().ActAs(caller);
        return scope;
    }

    public async Task<IReadOnlyList<T>> Query<T>(string sql, object? args = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        return (await connection.QueryAsync<T>(sql, args)).AsList();
    }

    /// <summary>Past the product, as an operator with SQL; and what <c>hoop-gateway forget</c> does after it.</summary>
    public async Task<int> Execute(string sql, object? args = null)
    {
        await using var connection = await Database.OpenConnectionAsync();
        var rows = await connection.ExecuteAsync(sql, args);
        await Services.GetRequiredService<Announcer>().Announce([new Change(null, null)]);
        return rows;
    }

    /// <summary>Waits until this gateway answers from memory.</summary>
    public Task Remembers()
    {
        var memory = Services.GetRequiredService<CoherentMemory>();
        if (!memory.Options.Enabled)
        {
            Assert.Ignore("HOOP_TEST_MEMORY switches memory off, and this is a test of it");
        }

        return Eventually.True(() => memory.MayAnswer, () => "the gateway does not use its memory");
    }

    /// <summary>The audit rows about a kind of resource, oldest first.</summary>
    public Task<IReadOnlyList<AuditRow>> AuditOf(string resourceType) => Query<AuditRow>(
        """
        SELECT org_id, actor_kind, actor_subject, action, resource_id, (fields - 'client_address' - 'user_agent')::text AS fields,
               outcome, failure
        FROM identity.audit_events
        WHERE resource_type = @resourceType
        ORDER BY id
        """,
        new { resourceType });

    public async ValueTask DisposeAsync()
    {
        Operator.Dispose();
        Anonymous.Dispose();
        await Database.DisposeAsync();
        try
        {
            await _app.StopAsync();
        }
        finally
        {
            await Clean(_app, _dataDirectory, _own);
        }
    }

    private static async Task Clean(WebApplication? app, string dataDirectory, TestDatabase? own)
    {
        if (app is not null)
        {
            await app.DisposeAsync();
        }

        Directory.Delete(dataDirectory, recursive: true);
        if (own is not null)
        {
            await own.DisposeAsync();
        }
    }

    /// <summary>Settings that keep a gateway apart from everything else on the machine.</summary>
    internal static Func<WebApplicationBuilder, NpgsqlConnectionStringBuilder> Isolate(
        NpgsqlConnectionStringBuilder connection,
        string dataDirectory,
        Dictionary<string, string?>? settings = null,
        Action<WebApplicationBuilder>? configure = null) => builder =>
        {
            builder.Configuration.Sources.Clear();
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["HOOP_LISTEN"] = "http://127.0.0.1:0",
                ["HOOP_DATA_DIR"] = dataDirectory,
                ["HOOP_ADMIN_TOKEN"] = AdminToken,

                // HOOP_TEST_MEMORY=off runs everything without coherent memory.
                ["HOOP_MEMORY"] = Environment.GetEnvironmentVariable("HOOP_TEST_MEMORY"),
                ["HOOP_ENCRYPTION_KEY"] = EncryptionKey,
                ["HOOP_LOG_LEVEL"] = "trace",

                // Every test comes from one address; the tests of the limit set their own.
                ["HOOP_BAD_TOKENS_PER_MINUTE"] = "1000000",
            });
            builder.Configuration.AddInMemoryCollection(settings);
            configure?.Invoke(builder);
            return connection;
        };

    private static NpgsqlDataSource ConnectionTo(NpgsqlConnectionStringBuilder connection) =>
        NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(connection.ConnectionString) { MaxPoolSize = 5, ApplicationName = "hoop-tests" });
}

/// <param name="Fields">JSON text of what the use case names; the gateway's own client_address and user_agent are left out.</param>
public sealed record AuditRow(
    Guid OrgId, string ActorKind, string ActorSubject, string Action, string? ResourceId, string Fields, string Outcome, string? Failure);
