using Hoop.PrivatePostgres;
using Hoop.Shared.Data;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework;

namespace Hoop.Testing;

/// <summary>
/// One real PostgreSQL a test process, started by the first fixture that needs it and stopped with the process. It does not flush to
/// disk: nothing of it outlives the run. Every fixture gets a database of its own, cloned from a migrated template.
/// <c>HOOP_TEST_DATABASE_URL</c> names another server instead. Where its role has CREATEDB the databases are removed at the end; where it
/// has not, the fixtures use the given one in turn (<see cref="GivenDatabase"/>).
/// </summary>
public static class TestPostgres
{
    private const string Variable = "HOOP_TEST_DATABASE_URL";

    private static readonly string Template = $"hoop_template_{Environment.ProcessId}";

    private static readonly SemaphoreSlim Gate = new(1);
    private static readonly string Folder = Path.Combine(Path.GetTempPath(), $"hoop-tests-{Environment.ProcessId}-{Guid.NewGuid():N}");
    private static readonly List<string> Databases = [];
    private static EmbeddedPostgres? _server;
    private static NpgsqlConnectionStringBuilder? _connection;
    private static GivenDatabase? _given;
    private static MigratedRows? _rows;

    /// <summary>
    /// An empty database without any schema; for tests of migrations and start-up. Where none can be made, the test is skipped.
    /// </summary>
    public static Task<NpgsqlConnectionStringBuilder> CreateEmptyDatabase() => Locked(async connection =>
    {
        if (_given is not null)
        {
            Assert.Ignore($"needs an empty database, and the role of {Variable} has no CREATEDB");
        }

        return await Clone(connection, template: "template0");
    });

    /// <summary>
    /// A migrated database without any other row, until it is disposed. Where there is only one and another test of the process has
    /// it, this one is skipped.
    /// </summary>
    public static Task<TestDatabase> CreateDatabase() => Locked(async connection =>
        _given is { } given
            ? await given.Take()
            : new TestDatabase(await Clone(connection, Template), _rows!, giveBack: null));

    /// <summary>Stops the server and removes its folder. Called once, at the end of the test process.</summary>
    public static async Task Stop()
    {
        NpgsqlConnection.ClearAllPools();
        if (_given is { } given)
        {
            (_given, _connection) = (null, null);
            await given.DisposeAsync();
        }
        else if (_server is { } server)
        {
            (_server, _connection) = (null, null);
            await server.DisposeAsync();
            Directory.Delete(Folder, recursive: true);
        }
        else if (_connection is { } connection)
        {
            _connection = null;
            foreach (var database in Databases.Append(Template))
            {
                await Execute(connection, $"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
            }
        }
    }

    /// <summary>Brings an empty database to the schema of this build.</summary>
    internal static async Task Migrate(NpgsqlConnectionStringBuilder database)
    {
        await using var app = Host.Gateway.Build(
            [],
            TestGateway.Isolate(new NpgsqlConnectionStringBuilder(database.ConnectionString) { Pooling = false }, Folder));
        await app.Services.GetRequiredService<Migrator>().Apply(CancellationToken.None);
    }

    private static async Task<T> Locked<T>(Func<NpgsqlConnectionStringBuilder, Task<T>> create)
    {
        await Gate.WaitAsync();
        try
        {
            return await create(_connection ??= await Prepare());
        }
        finally
        {
            Gate.Release();
        }
    }

    private static async Task<NpgsqlConnectionStringBuilder> Clone(NpgsqlConnectionStringBuilder connection, string template)
    {
        var name = $"test_{Environment.ProcessId}_{Databases.Count + 1}";
        await Execute(connection, $"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY");
        Databases.Add(name);
        return new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Database = name, MaxPoolSize = 20 };
    }

    private static async Task<NpgsqlConnectionStringBuilder> Prepare()
    {
        var connection = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } url
            ? ConnectionText.Parse(url, Variable)
            : await StartServer();
        try
        {
            await Execute(connection, $"CREATE DATABASE {Template}");
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            _given = new GivenDatabase(connection);
            return connection;
        }

        var template = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Database = Template };
        await Migrate(template);
        await using var open = await TestDatabase.Open(template);
        _rows = await MigratedRows.Read(open);
        return connection;
    }

    private static async Task<NpgsqlConnectionStringBuilder> StartServer()
    {
        Directory.CreateDirectory(Folder);
        _server = await EmbeddedPostgres.Start(
            new EmbeddedPostgresOptions(Folder) { Durable = false }, NullLogger.Instance, CancellationToken.None);
        return _server.Connection;
    }

    private static async Task Execute(NpgsqlConnectionStringBuilder connection, string sql)
    {
        await using var open = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Pooling = false }.ConnectionString);
        await open.OpenAsync();
#pragma warning disable CA2100 // The names are made here.
        await using var command = new NpgsqlCommand(sql, open);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
