using Hoop.PrivatePostgres;
using Hoop.Shared.Data;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Hoop.Bench;

/// <summary>
/// The PostgreSQL of this run: that of <c>HOOP_DATABASE_URL</c>, whose role must be allowed to create databases, or a private one with the
/// gateway's own settings, flushing to disk as in production. Databases made here are dropped at the end.
/// </summary>
internal sealed class BenchServer : IAsyncDisposable
{
    private readonly EmbeddedPostgres? _embedded;
    private readonly string? _folder;
    private readonly NpgsqlConnectionStringBuilder _connection;
    private readonly List<string> _databases = [];

    private BenchServer(EmbeddedPostgres? embedded, string? folder, NpgsqlConnectionStringBuilder connection, string version) =>
        (_embedded, _folder, _connection, Version) = (embedded, folder, connection, version);

    public string Version { get; }

    public static async Task<BenchServer> Start(CancellationToken cancellationToken)
    {
        if (Environment.GetEnvironmentVariable("HOOP_DATABASE_URL") is { Length: > 0 } url)
        {
            var given = ConnectionText.Parse(url);
            return new BenchServer(null, null, given, await VersionOf(given, cancellationToken));
        }

        var folder = Path.Combine(Folders.Scratch, "data");
        var options = new EmbeddedPostgresOptions(folder) { Binaries = Environment.GetEnvironmentVariable(PostgresBinaries.Variable) };
        var embedded = await EmbeddedPostgres.Start(options, NullLogger.Instance, cancellationToken);
        try
        {
            return new BenchServer(embedded, folder, embedded.Connection, await VersionOf(embedded.Connection, cancellationToken));
        }
        catch
        {
            await embedded.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// An empty database; both sides connect to it with the same text, so with the same pool and the same preparing of statements.
    /// </summary>
    public async Task<NpgsqlConnectionStringBuilder> CreateDatabase(string name, CancellationToken cancellationToken)
    {
        var database = $"hoop_bench_{Environment.ProcessId}_{name}";
        await Execute(_connection, $"CREATE DATABASE {database}", cancellationToken);
        _databases.Add(database);
        return new NpgsqlConnectionStringBuilder(_connection.ConnectionString)
        {
            Database = database,
            MaxPoolSize = Plan.Connections,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            CommandTimeout = 60,
        };
    }

    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_embedded is null)
        {
            foreach (var database in _databases)
            {
                await Execute(_connection, $"DROP DATABASE {database} WITH (FORCE)", CancellationToken.None);
            }

            return;
        }

        await _embedded.DisposeAsync();
        Directory.Delete(_folder!, recursive: true);
    }

    public static async Task Execute(
        NpgsqlConnectionStringBuilder connection,
        string sql,
        CancellationToken cancellationToken,
        params (string Name, object Value)[] parameters)
    {
        await using var open = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false, MaxAutoPrepare = 0 }.ConnectionString);
        await open.OpenAsync(cancellationToken);
#pragma warning disable CA2100 // Constants of this program, and names made of numbers.
        await using var command = new NpgsqlCommand(sql, open) { CommandTimeout = 600 };
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<string> VersionOf(NpgsqlConnectionStringBuilder connection, CancellationToken cancellationToken)
    {
        await using var open = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false }.ConnectionString);
        await open.OpenAsync(cancellationToken);
        return open.PostgreSqlVersion.ToString();
    }
}
