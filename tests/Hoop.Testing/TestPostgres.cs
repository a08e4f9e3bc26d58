using Hoop.PrivatePostgres;
using Hoop.Shared.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hoop.Testing;

/// <summary>
/// One real PostgreSQL a test process, started by the first fixture that needs it and stopped with the process. It does not flush to
/// disk: nothing of it outlives the run. Every fixture gets a database of its own, cloned from a migrated template.
/// </summary>
public static class TestPostgres
{
    private const string Template = "hoop_template";

    private static readonly SemaphoreSlim Gate = new(1);
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), $"hoop-tests-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private static EmbeddedPostgres? _server;
    private static int _databases;

    /// <summary>An empty database without any schema; for tests of migrations and start-up.</summary>
    public static Task<NpgsqlConnectionStringBuilder> CreateEmptyDatabase() => CreateDatabase(template: "template1");

    /// <summary>A migrated database without any row.</summary>
    public static Task<NpgsqlConnectionStringBuilder> CreateDatabase() => CreateDatabase(Template);

    /// <summary>Stops the server and removes its folder. Called once, at the end of the test process.</summary>
    public static async Task Stop()
    {
        if (_server is { } server)
        {
            _server = null;
            NpgsqlConnection.ClearAllPools();
            await server.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
    }

    private static async Task<NpgsqlConnectionStringBuilder> CreateDatabase(string template)
    {
        await Gate.WaitAsync();
        try
        {
            var server = _server ??= await StartServer();
            var name = $"test_{++_databases}";
            await Execute(server.Connection, $"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
            return new NpgsqlConnectionStringBuilder(server.Connection.ConnectionString) { Database = name, MaxPoolSize = 20 };
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task<EmbeddedPostgres> StartServer()
    {
        Directory.CreateDirectory(Folder);
        var server = await EmbeddedPostgres.Start(
            new EmbeddedPostgresOptions(Folder) { Durable = false },
            NullLogger.Instance,
            CancellationToken.None);
        await Execute(server.Connection, $"CREATE DATABASE {Template}");
        var connection = new NpgsqlConnectionStringBuilder(server.Connection.ConnectionString) { Database = Template, Pooling = false };
        await using var app = Host.Gateway.Build([], TestGateway.Isolate(connection, Folder));
        await app.Services.GetRequiredService<Migrator>().Apply(CancellationToken.None);
        return server;
    }

    private static async Task Execute(NpgsqlConnectionStringBuilder connection, string sql)
    {
        await using var open = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false }.ConnectionString);
        await open.OpenAsync();
#pragma warning disable CA2100 // The names are made here.
        await using var command = new NpgsqlCommand(sql, open);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
